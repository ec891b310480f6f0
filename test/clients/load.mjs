// Sessions under load: node load.mjs SESSIONS URL... ; ends when its input ends, and then says what it has seen.
// Every session calls "whoami" again and again, each time at a URL chosen at random, and checks that it is answered by its own process
// with its own secret, in order. A session that the server has lost is opened anew, as the specification wants it.
import { connect } from './connect.mjs';

const [count, ...urls] = process.argv.slice(2);
const seen = { calls: 0, opened: 0, lost: 0, refused: 0, wrong: 0, pods: {}, errors: {} };
let running = true;
let ready = 0;

// A session is opened where it is told, so that every pod gets its share; its calls go anywhere.
const atRandom = (url, init) => {
  const target = new URL(url);
  if (new Headers(init?.headers).has('mcp-session-id')) {
    target.host = new URL(urls[Math.floor(Math.random() * urls.length)]).host;
  }
  return fetch(target, init);
};
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

async function session(number) {
  while (running) {
    let current;
    try {
      current = await connect('2025-11-25', urls[number % urls.length], { fetch: atRandom });
      seen.opened++;
      await use(current);
    } catch (error) {
      report(error, current !== undefined);
      await sleep(100);
    } finally {
      await current?.client.close().catch(() => {});
    }
  }
}

async function use({ client }) {
  let first;
  let calls = 0; // undefined: nobody knows
  if (++ready === Number(count)) {
    process.stdout.write('ready\n');
  }
  while (running) {
    let answer;
    try {
      answer = JSON.parse((await client.callTool({ name: 'whoami', arguments: {} })).content[0].text);
    } catch (error) {
      if (isGone(error)) {
        throw error;
      }
      // The connection broke under this call: whether it was executed nobody knows, so only its number may be skipped.
      report(error, false);
      calls = undefined;
      await sleep(50);
      continue;
    }
    first ??= answer;
    if (answer.secret !== first.secret || answer.process !== first.process || answer.pod !== first.pod || (calls !== undefined && answer.calls !== calls + 1)) {
      seen.wrong++;
    }
    calls = answer.calls;
    seen.calls++;
    seen.pods[answer.pod] = (seen.pods[answer.pod] ?? 0) + 1;
    await sleep(50);
  }
}
const isGone = error => error.code === 404 || /\b404\b|Session not found/.test(error.message);

function report(error, hadSession) {
  if (hadSession && isGone(error)) {
    seen.lost++;
  } else if (running) {
    seen.refused++;
    const key = `${error.code ?? ''} ${error.cause?.code ?? ''} ${error.message}`.slice(0, 200);
    seen.errors[key] = (seen.errors[key] ?? 0) + 1;
  }
}

const sessions = Array.from({ length: Number(count) }, (_, number) => session(number));
process.stdin.resume();
process.stdin.on('end', async () => {
  running = false;
  await Promise.race([Promise.all(sessions), sleep(5000)]);
  process.stdout.write(JSON.stringify(seen) + '\n');
  process.exit(0);
});
