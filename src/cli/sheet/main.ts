import { fromEvent } from 'rxjs';
import { emptyView, noToken } from './empty-view.js';
import { openSheet } from './open-sheet.js';
import { takeToken } from './take-token.js';

const token = takeToken(window);
if (token === undefined) {
  const empty = emptyView();
  document.body.append(empty.element);
  empty.show(noToken);
} else {
  openSheet(token, document.body);
}
// The whole address of another board in the same tab changes nothing but the fragment.
fromEvent(window, 'hashchange').subscribe(() => window.location.reload());
