// Tools for our own tests.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { z } from 'zod';
import { sleep, text } from './content.mjs';

// What the tool "changing" says. An image of ours has a server whose words differ in this place; the same can happen while it runs, and
// then all sessions of the process are told.
let words = process.env.FIXTURE_DESCRIPTION ?? 'Adds two numbers';
const open = new Set();

export function registerOwnTools(server, notifier) {
  // Of this session alone, so that a test sees an answer that went to another one.
  const secret = randomUUID();
  let calls = 0;
  server.registerTool('whoami', { description: 'Says which pod, process and session answers, and how often it was called in this session' }, () =>
    text(JSON.stringify({ pod: hostname(), process: process.pid, secret, calls: ++calls })));

  server.registerTool(
    'echo',
    { description: 'Returns what it is given', inputSchema: z.object({ text: z.string(), delay: z.number().int().min(0).max(60000).default(0) }) },
    async ({ text: value, delay }) => {
      await sleep(delay);
      return text(value);
    },
  );
  server.registerTool(
    'large',
    { description: 'Returns a text of so many characters', inputSchema: z.object({ size: z.number().int().min(0).max(16 * 1024 * 1024) }) },
    ({ size }) => text('\u00a0\u3000\u200d\u00e9'.repeat(Math.ceil(size / 4)).slice(0, size)),
  );
  server.registerTool(
    'fetch',
    { description: 'Gets what is at an address', inputSchema: z.object({ url: z.string() }) },
    async ({ url }) => text(await (await fetch(url)).text()),
  );
  server.registerTool('delete_everything', { description: 'What an agent must not be shown', annotations: { destructiveHint: true } }, () =>
    text('everything is deleted'));

  const changing = server.registerTool('changing', { description: words }, () => text('4'));
  if (notifier === undefined) {
    open.add(changing);
    server.server.onclose = () => open.delete(changing);
  }
  server.registerTool(
    'change_description',
    { description: 'Makes the tool "changing" say something else from now on', inputSchema: z.object({ description: z.string() }) },
    ({ description }) => {
      words = description;
      open.forEach(tool => tool.update({ description }));
      notifier?.toolsChanged();
      return text('changed');
    },
  );
  server.registerTool('test_trigger_tool_change', { description: 'Says that the tools have changed' }, () => {
    server.sendToolListChanged();
    notifier?.toolsChanged();
    return text('told');
  });
  server.registerTool('test_trigger_prompt_change', { description: 'Says that the prompts have changed' }, () => {
    server.sendPromptListChanged();
    notifier?.promptsChanged();
    return text('told');
  });
  server.registerTool('crash', { description: 'Ends the process' }, () => process.kill(process.pid, 'SIGKILL'));
  server.registerTool('complain', { description: 'Writes to stderr', inputSchema: z.object({ text: z.string() }) }, ({ text: value }) => {
    console.error(value);
    return text('complained');
  });
}
