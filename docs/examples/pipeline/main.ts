import { cometapi, createClient, pollEvery } from 'rushes';
import { iterate } from 'rushes/streams';
import { openTable } from './open-table.js';

// Watches every task of the table that has not ended, and writes down what becomes of it. It may be killed and started
// again at any moment.
const { COMETAPI_KEY: apiKey, COMETAPI_URL: baseUrl = 'https://api.cometapi.com', EVERY_MS = '15000' } = process.env;
const client = createClient(cometapi({ apiKey, baseUrl }), { cadence: pollEvery(Number(EVERY_MS)) });
const table = openTable(process.argv[2] ?? 'tasks.db');
console.log('watching');

const events = client.watchAll(table.unfinished(), { maxWatched: 500 });
for await (const event of iterate(events)) table.write(event);

table.close();
console.log('all have ended or were lost');
