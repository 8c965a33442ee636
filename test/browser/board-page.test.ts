import type { Locator, Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { boardStage, type StagedBoard } from './board-stage.js';
import { browserOfTests } from './open-browser.js';

const stage = boardStage();
const { it, context } = browserOfTests();

async function opened(board: StagedBoard, size = { width: 1280, height: 800 }): Promise<Page> {
  const page = await (await context()).newPage();
  await page.setViewportSize(size);
  await page.goto(board.url);
  await page.getByText('live', { exact: true }).waitFor();
  return page;
}

/** For what polls, as long as a busy machine may take. */
const soon = { timeout: 15_000 };

const frames = (page: Page) => page.getByRole('list', { name: 'Frames' }).getByRole('listitem');
const failed = { status: 'failed', model: 'm', error: { code: 'Sensitive', message: 'It may be sensitive.' } };

describe('the contact sheet', () => {
  it('shows each task as it stands, and invents nothing', async () => {
    const board = await stage.board();
    const createdAt = Date.now() - 65_000;
    board.say('silent', { status: 'in_progress', model: 'm', createdAt });
    board.say('told', { status: 'in_progress', model: 'm', progress: 42.7, createdAt });
    board.say('ended', failed);
    board.say('odd', { status: 'unknown', providerStatus: 'storyboarding' });
    board.add('unheard', 'silent', 'told', 'ended', 'odd');
    const page = await opened(board);
    await page.getByText('“storyboarding”').waitFor();
    expect(await frames(page).count()).toBe(5);
    const bars = page.getByRole('progressbar');
    await expect.poll(() => bars.count(), soon).toBe(4);
    const bar = (number: number) => page.getByRole('progressbar', { name: `Progress of frame ${number}` });
    expect(await bar(2).getAttribute('aria-valuenow')).toBeNull();
    expect(await bar(2).getAttribute('aria-valuetext')).toContain('does not say how far');
    expect(await bar(3).getAttribute('aria-valuenow')).toBe('42');
    expect(await bar(3).getAttribute('aria-valuetext')).toBe('42 percent');
    expect(await frames(page).nth(2).innerText()).toMatch(/running[\s\S]*1:0\d/);
    expect(await frames(page).nth(3).innerText()).toContain('Sensitive: It may be sensitive.');
    expect(await page.getByText('typically').count()).toBe(0);
    expect(await page.title()).toBe('3 running, 1 queued, 1 failed · Contact sheet');
    board.say('told', { status: 'completed', model: 'm', createdAt, completedAt: createdAt + 60_000 });
    await frames(page).nth(1).getByText('typically 1:00', { exact: false }).first().waitFor();
    expect(
      await frames(page)
        .nth(2)
        .locator('video')
        .evaluate((video: HTMLVideoElement) => [video.controls, video.muted, video.preload, video.poster]),
    ).toEqual([true, true, 'metadata', '']);
  });

  it('says that it is connecting until the board answers', async () => {
    const board = await stage.board();
    const page = await (await context()).newPage();
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/roster', async (route) => {
      await answered;
      await route.continue();
    });
    await page.goto(board.url);
    await page.getByText('connecting', { exact: true }).waitFor(soon);
    answer();
    await page.getByText('live', { exact: true }).waitFor();
  });

  it('passes over what its board says that it does not know', async () => {
    const board = await stage.board();
    board.say('a', { status: 'in_progress' });
    board.add('a');
    const page = await (await context()).newPage();
    const task = { provider: 'cometapi', id: 'a' };
    const lines = [
      'no JSON',
      '[]',
      '{"tasks":7,"notices":[]}',
      '{"tasks":[{"task":{"provider":"Z","id":"b"},"addedAt":1}]}',
    ];
    const listing = {
      tasks: [{ task: { ...task, id: '..' }, addedAt: 1 }, { task, addedAt: Date.now() }, null],
      notices: [7],
    };
    const body = [...lines, JSON.stringify(listing)].map((data) => `data: ${data}\n\n`).join('');
    await page.route('**/roster', (route) => route.fulfill({ contentType: 'text/event-stream', body }));
    await page.goto(board.url);
    await frames(page).first().getByText('running').waitFor();
    expect(await frames(page).count()).toBe(1);
  });

  it('goes on after its connection was lost, and says since when it was', async () => {
    const board = await stage.board();
    board.say('a', { status: 'queued' });
    board.add('a');
    const page = await opened(board);
    await frames(page).first().getByText('queued').waitFor();
    await board.cut();
    await page.getByText(/reconnecting since \d/).waitFor();
    expect(await frames(page).first().innerText()).toContain('queued');
    board.say('a', { status: 'in_progress' });
    board.say('b', { status: 'queued' });
    board.add('b');
    await board.mend();
    await page.getByText('live', { exact: true }).waitFor();
    await expect.poll(() => frames(page).count(), soon).toBe(2);
    await frames(page).first().getByText('running').waitFor();
    board.say('a', failed);
    await frames(page).first().getByText('failed').waitFor();
    expect(await page.getByText('lost', { exact: true }).count()).toBe(1);
  });

  it('says what to do when there is nothing yet, what there is to know, and when its address is not whole', async () => {
    const board = await stage.board();
    const page = await opened(board);
    await page.getByText('rushes run').waitFor();
    board.notice('2 tasks cannot be shown.');
    await page.getByRole('list', { name: 'Notices' }).getByText('2 tasks cannot be shown.').waitFor();
    board.add('a');
    await frames(page).first().waitFor();
    expect(await page.getByText('rushes run').isVisible()).toBe(false);
    const other = await (await context()).newPage();
    await other.goto(new URL(board.url).origin);
    await other.getByText('This address is not complete').waitFor();
  });

  it('is walked through with the keyboard', async () => {
    const board = await stage.board();
    const ids = Array.from({ length: 7 }, (_, nth) => `task${nth}`);
    for (const id of ids) board.say(id, id === 'task5' ? { status: 'completed' } : failed);
    board.add(...ids);
    const page = await opened(board, { width: 960, height: 800 });
    await expect.poll(() => frames(page).count(), soon).toBe(7);
    await page.locator('video').waitFor();
    const focused = () =>
      page.evaluate(() => document.activeElement?.closest('li')?.querySelector('.print span')?.textContent);
    await page.getByRole('button', { name: /^lost/ }).focus();
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('▸1');
    expect(
      await page.evaluate(
        () => getComputedStyle(document.activeElement?.querySelector('.film') as Element, '::after').borderTopWidth,
      ),
    ).toBe('3px');
    const columns = await page
      .locator('.sheet')
      .evaluate((list) => getComputedStyle(list).gridTemplateColumns.split(' ').length);
    expect(columns).toBe(3);
    for (const [key, at] of [
      ['ArrowRight', 2],
      ['ArrowDown', 5],
      ['ArrowLeft', 4],
      ['ArrowDown', 7],
      ['End', 7],
      ['ArrowRight', 7],
      ['Home', 1],
      ['ArrowUp', 1],
    ] as const) {
      await page.keyboard.press(key);
      expect([key, await focused()]).toEqual([key, `▸${at}`]);
    }
    // One stop for the sheet, and one for each control of the frame that has it.
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Copy the id task0');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Frame 1' }).waitFor();
    expect(await page.getByRole('dialog').innerText()).toContain('{"provider":"cometapi","id":"task0"}');
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Details');
    await page.keyboard.press('Tab');
    expect(await focused()).toBeUndefined();
    await page.locator('article').nth(5).focus();
    await page.evaluate(() => {
      HTMLMediaElement.prototype.play = async function play() {
        this.dataset['played'] = 'yes';
      };
    });
    await page.keyboard.press('Enter');
    expect(await page.locator('video').getAttribute('data-played')).toBe('yes');
  });

  it('shows whole the ring of whatever has the focus', async () => {
    const board = await stage.board();
    board.say('a', { status: 'completed', model: 'm' });
    board.add('a');
    const page = await opened(board);
    await page.locator('video').waitFor();
    await page.getByRole('button', { name: /^lost/ }).focus();
    await page.keyboard.press('Tab');
    const seen: string[] = [];
    for (const name of ['video', 'Copy the id a', 'Details of frame 1']) {
      if (name === 'video') await page.locator('video').focus();
      else await page.getByRole('button', { name, exact: true }).focus();
      seen.push(...(await page.evaluate(clipsOfRing)));
    }
    // Each is in its frame; a video is in its gate, too.
    expect(seen).toEqual(['gate whole', 'frame whole', 'frame whole', 'frame whole']);
  });

  it('filters by status without moving anything, and keeps the frame that somebody is at', async () => {
    const board = await stage.board();
    for (const id of ['a', 'b', 'c']) board.say(id, { status: 'in_progress' });
    board.add('a', 'b', 'c');
    const page = await opened(board);
    const numbers = () => page.locator('.frame:visible .top .print span:first-child').allTextContents();
    await expect.poll(numbers, soon).toEqual(['▸1', '▸2', '▸3']);
    board.say('b', failed);
    await page.getByRole('button', { name: 'failed 1' }).click();
    expect(await numbers()).toEqual(['▸2']);
    expect(await page.getByRole('button', { name: 'failed 1' }).getAttribute('aria-pressed')).toBe('true');
    await page.getByRole('button', { name: /^lost/ }).click();
    await page.getByText('No frame is lost now.').waitFor();
    await page.getByRole('button', { name: 'running 2' }).click();
    await page.locator('article').first().focus();
    board.say('a', failed);
    await page.getByRole('button', { name: 'failed 2' }).waitFor();
    expect(await numbers()).toEqual(['▸1', '▸3']);
    await page.getByRole('button', { name: /^all/ }).click();
    expect(await numbers()).toEqual(['▸1', '▸2', '▸3']);
  });

  it('reads out ends and nothing else, and has a name for everything', async () => {
    const board = await stage.board();
    board.say('a', { status: 'in_progress', progress: 1, model: 'seedance' });
    board.add('a');
    const page = await opened(board);
    await frames(page).first().waitFor();
    for (const role of ['banner', 'main'] as const) expect(await page.getByRole(role).count()).toBe(1);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Contact sheet');
    expect(await page.getByRole('heading', { level: 2 }).innerText()).toMatch(/Frame 1,\s*seedance/);
    const live = page.locator('[aria-live="polite"].unseen');
    board.say('a', { status: 'in_progress', progress: 60, model: 'seedance' });
    await page.locator('[aria-valuenow="60"]').waitFor();
    expect(await live.textContent()).toBe('');
    board.say('a', { ...failed, model: 'seedance' });
    await expect.poll(() => live.textContent(), soon).toBe('Frame 1 failed. 1 failed.');
    const unnamed = await page.evaluate(() =>
      [...document.querySelectorAll('button, article, [role], video, dialog')]
        .filter((each) => !each.matches('[role="status"]'))
        .filter(
          (each) => !(each.getAttribute('aria-label') ?? each.getAttribute('aria-labelledby') ?? each.textContent),
        )
        .map((each) => each.outerHTML),
    );
    expect(unnamed).toEqual([]);
    const dangling = await page.evaluate(() =>
      [...document.querySelectorAll('[aria-labelledby]')]
        .flatMap((each) => each.getAttribute('aria-labelledby')?.split(' ') ?? [])
        .filter((id) => document.querySelectorAll(`[id="${id}"]`).length !== 1),
    );
    expect(dangling).toEqual([]);
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
  });

  it('touches only the frame that has news, among 500', async () => {
    const board = await stage.board();
    const ids = Array.from({ length: 500 }, (_, nth) => `task${nth}`);
    for (const id of ids)
      board.say(id, Number(id.slice(4)) < 250 ? failed : { status: 'in_progress', model: 'm', progress: 1 });
    board.add(...ids);
    const page = await opened(board);
    await page.getByRole('button', { name: 'all 500' }).waitFor();
    await page.getByRole('button', { name: 'failed 250' }).waitFor();
    await page.getByRole('button', { name: 'running 250' }).waitFor({ timeout: 20_000 });
    const touched = page.evaluate(
      () =>
        new Promise<string[]>((resolve) => {
          const seen = new Set<string>();
          new MutationObserver((records) => {
            for (const { target } of records) {
              const at = target instanceof Element ? target : target.parentElement;
              const isClock = at?.closest('.time') !== null;
              if (!isClock)
                seen.add(at?.closest('li')?.querySelector('.print span')?.textContent ?? at?.className ?? '');
            }
            // What is drawn with it is drawn in the same frame.
            if (seen.has('▸400')) requestAnimationFrame(() => requestAnimationFrame(() => resolve([...seen])));
          }).observe(document.querySelector('main') as Element, {
            subtree: true,
            childList: true,
            attributes: true,
            characterData: true,
          });
        }),
    );
    board.say('task399', { status: 'in_progress', model: 'm', progress: 77 });
    expect(await touched).toEqual(['▸400']);
  });

  it.each([
    [360, 740],
    [768, 1_024],
    [1_920, 1_080],
  ])('fits a window of %i by %i', async (width, height) => {
    const board = await stage.board();
    const id = `task_${'x'.repeat(500)}`;
    board.say(id, { ...failed, model: 'm'.repeat(300), error: { message: 'W'.repeat(1_900) } });
    board.say('b', { status: 'in_progress' });
    board.add(id, 'b');
    const page = await opened(board, { width, height });
    await expect.poll(() => frames(page).count(), soon).toBe(2);
    await page.getByText('WWW').first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await page.getByRole('button', { name: 'Details of frame 1' }).click();
    expect(
      await page.evaluate(() => document.querySelector('dialog')?.getBoundingClientRect().right),
    ).toBeLessThanOrEqual(width);
  });

  it('breaks no word of its own for a long time, and shows what is long from its start', async () => {
    const board = await stage.board();
    board.say('a', { status: 'in_progress', model: 'm', createdAt: Date.now() - 37_500_000 });
    board.say('b', { status: 'completed', model: 'm', createdAt: 1e12, completedAt: 1e12 + 360_000_000 });
    board.say('c', { ...failed, model: 'm'.repeat(300), error: { message: 'W'.repeat(1_900) } });
    board.add('a', 'b', 'c');
    const page = await opened(board, { width: 600, height: 500 });
    await frames(page).first().getByText('typically 100:00:00').first().waitFor();
    const lines = (locator: Locator) =>
      locator.evaluate((each) => Math.round(each.clientHeight / Number.parseFloat(getComputedStyle(each).lineHeight)));
    expect(await lines(frames(page).first().locator('.status-words').locator('..'))).toBe(1);
    expect(await lines(frames(page).nth(2).locator('h2'))).toBe(2);
    await page.getByRole('button', { name: 'Details of frame 3' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.evaluate((each) => [each.scrollTop, each.scrollHeight > each.clientHeight])).toEqual([0, true]);
    await expect.poll(() => page.getByRole('button', { name: 'Close' }).evaluate(isInSight), soon).toBe(true);
  });

  it('moves nothing for who wants no motion', async () => {
    const board = await stage.board();
    board.say('a', { status: 'in_progress' });
    board.add('a');
    const page = await opened(board);
    const running = () => page.evaluate(() => document.getAnimations().length);
    await expect.poll(running, soon).toBe(1);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    expect(await running()).toBe(0);
  });

  it.each(['light', 'dark'] as const)('has enough contrast where it is %s', async (colorScheme) => {
    const board = await stage.board();
    board.say('a', failed);
    board.say('b', { status: 'in_progress', model: 'm' });
    board.say('c', { status: 'completed', model: 'm' });
    board.add('a', 'b', 'c', 'd');
    board.notice('Something to know.');
    const page = await opened(board);
    await page.emulateMedia({ colorScheme });
    await page.getByText('Sensitive').first().waitFor();
    expect(await page.evaluate(lowContrasts)).toEqual([]);
  });
});

function isInSight(element: Element): boolean {
  const { left, top, width, height } = element.getBoundingClientRect();
  return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}

/** How each box that clips what is in it, around what has the focus, leaves its ring. */
function clipsOfRing(): string[] {
  const focused = document.activeElement;
  if (!focused?.matches(':focus-visible')) return ['there is none'];
  const { outlineOffset, outlineStyle, outlineWidth } = getComputedStyle(focused);
  if (outlineStyle === 'none') return ['there is none'];
  const reach = Number.parseFloat(outlineOffset) + Number.parseFloat(outlineWidth);
  const ring = focused.getBoundingClientRect();
  const clips: string[] = [];
  for (let at = focused.parentElement; at && at.tagName !== 'OL'; at = at.parentElement) {
    const { overflow, contentVisibility } = getComputedStyle(at);
    if (overflow === 'visible' && contentVisibility !== 'auto') continue;
    const box = at.getBoundingClientRect();
    const rooms = [ring.top - box.top, ring.left - box.left, box.right - ring.right, box.bottom - ring.bottom];
    clips.push(`${at.className} ${rooms.every((room) => room >= reach) ? 'whole' : `clipped: ${rooms}`}`);
  }
  return clips;
}

/** Texts with less contrast to what is behind them than WCAG 2 asks for: 4.5, and 3 for large ones. */
function lowContrasts(): string[] {
  const channels = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color: string) => {
    const [r = 0, g = 0, b = 0] = channels(color).map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (start: Element): string => {
    for (let at: Element | null = start; at; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at);
      if ((channels(backgroundColor)[3] ?? 1) > 0) return backgroundColor;
    }
    return 'rgb(255, 255, 255)';
  };
  const low: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let count = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const at = node.parentElement;
    if (!at?.checkVisibility() || at.closest('.unseen, dialog, .exposed') || !node.textContent?.trim()) continue;
    count++;
    const { color, fontSize } = getComputedStyle(at);
    const [a, b] = [luminance(color), luminance(behind(at))].sort((x, y) => y - x) as [number, number];
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (Number.parseFloat(fontSize) >= 24 ? 3 : 4.5)) low.push(`${node.textContent}: ${ratio.toFixed(2)}`);
  }
  return count > 20 ? low : [`only ${count} texts were looked at`];
}
