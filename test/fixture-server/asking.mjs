// Tools and prompts that ask the client something before they answer. Written once: the SDK asks a client of 2026-07-28 by an
// "input required" result, and an older one by requests of its own.
import { acceptedContent, inputRequired } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { text, user } from './content.mjs';
import { states } from './fixture.mjs';

const elicit = (message, properties, required = Object.keys(properties)) =>
  inputRequired.elicit({ message, requestedSchema: { type: 'object', properties, ...(required.length > 0 && { required }) } });
const sample = (prompt, maxTokens = 100) =>
  inputRequired.createMessage({ messages: [user({ type: 'text', text: prompt })], maxTokens });
const string = { type: 'string' };

const accepted = (context, key) => acceptedContent(context.mcpReq.inputResponses, key);
const sampled = (context, key) => context.mcpReq.inputResponses?.[key]?.content?.text;
const roots = (context, key) => context.mcpReq.inputResponses?.[key]?.roots;

export function registerAskingTools(server) {
  const tool = (name, description, handler) => server.registerTool(name, { description }, handler);

  server.registerTool(
    'test_sampling',
    { description: 'Asks the client\'s model', inputSchema: z.object({ prompt: z.string() }) },
    ({ prompt }, context) => {
      const answer = sampled(context, 'answer');
      return answer === undefined ? inputRequired({ inputRequests: { answer: sample(prompt) } }) : text(`LLM response: ${answer}`);
    },
  );
  server.registerTool(
    'test_elicitation',
    { description: 'Asks the user', inputSchema: z.object({ message: z.string() }) },
    ({ message }, context) => {
      const answer = context.mcpReq.inputResponses?.answer;
      return answer === undefined
        ? inputRequired({
          inputRequests: {
            answer: elicit(message, {
              username: { type: 'string', description: 'User\'s response' },
              email: { type: 'string', description: 'User\'s email address' },
            }),
          },
        })
        : text(`User response: action=${answer.action}, content=${JSON.stringify(answer.content ?? {})}`);
    },
  );

  const form = (name, description, properties) => tool(name, description, context => {
    const answer = context.mcpReq.inputResponses?.form;
    return answer === undefined
      ? inputRequired({ inputRequests: { form: elicit('Please fill in the form', properties, []) } })
      : text(`Elicitation completed: action=${answer.action}, content=${JSON.stringify(answer.content ?? {})}`);
  });
  form('test_elicitation_sep1034_defaults', 'Asks the user, with defaults of every type', {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  });
  const options = ['option1', 'option2', 'option3'];
  const titled = kind => ['First', 'Second', 'Third'].map((title, i) => ({ const: `value${i + 1}`, title: `${title} ${kind}` }));
  form('test_elicitation_sep1330_enums', 'Asks the user to choose, in every way that there is', {
    untitledSingle: { type: 'string', enum: options },
    titledSingle: { type: 'string', oneOf: titled('Option') },
    legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['Option One', 'Option Two', 'Option Three'] },
    untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
    titledMulti: { type: 'array', items: { anyOf: titled('Choice') } },
  });

  const name = elicit('What is your name?', { name: string });
  tool('test_input_required_result_elicitation', 'Asks for a name', context => {
    const answer = accepted(context, 'user_name');
    return answer?.name === undefined ? inputRequired({ inputRequests: { user_name: name } }) : text(`Hello, ${answer.name}!`);
  });
  tool('test_streaming_elicitation', 'Asks for a name', () => inputRequired({ inputRequests: { user_name: name } }));
  tool('test_missing_capability', 'Asks the model of whoever calls, even of a client that has none', () =>
    inputRequired({ inputRequests: { answer: sample('Are you there?') } }));
  tool('test_input_required_result_sampling', 'Asks the client\'s model', context => {
    const answer = sampled(context, 'capital_question');
    return answer === undefined
      ? inputRequired({ inputRequests: { capital_question: sample('What is the capital of France?') } })
      : text(`The capital of France: ${answer}`);
  });
  tool('test_input_required_result_list_roots', 'Asks for the client\'s roots', context => {
    const answer = roots(context, 'client_roots');
    return answer === undefined
      ? inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } })
      : text(`Roots: ${answer.map(root => root.uri).join(', ')}`);
  });
  const confirm = async requestState => inputRequired({ inputRequests: { confirm: elicit('Please confirm', { ok: { type: 'boolean' } }) }, requestState });
  tool('test_input_required_result_request_state', 'Asks, and knows its own state again', async context =>
    context.mcpReq.requestState()?.step === 1 && accepted(context, 'confirm') !== undefined
      ? text('state-ok')
      : confirm(await states.mint({ step: 1 })));
  tool('test_input_required_result_tampered_state', 'Asks, and sees when its state was tampered with', async context =>
    context.mcpReq.requestState() === undefined ? confirm(await states.mint({ step: 1 })) : text('state-ok'));
  tool('test_input_required_result_multiple_inputs', 'Asks three things at once', async context => {
    const answers = [accepted(context, 'user_name')?.name, sampled(context, 'greeting'), roots(context, 'client_roots')?.length];
    return answers.includes(undefined)
      ? inputRequired({
        inputRequests: { user_name: name, greeting: sample('Generate a greeting', 50), client_roots: inputRequired.listRoots() },
        requestState: await states.mint({ step: 1 }),
      })
      : text(`${answers[1]}, ${answers[0]} (${answers[2]} roots)`);
  });
  tool('test_input_required_result_multi_round', 'Asks twice', async context => {
    const color = accepted(context, 'step2')?.color;
    const given = accepted(context, 'step1')?.name ?? context.mcpReq.requestState()?.name;
    if (given === undefined) {
      return inputRequired({ inputRequests: { step1: elicit('Step 1: What is your name?', { name: string }) }, requestState: await states.mint({ step: 1 }) });
    }
    return color === undefined
      ? inputRequired({
        inputRequests: { step2: elicit('Step 2: What is your favorite color?', { color: string }) },
        requestState: await states.mint({ step: 2, name: given }),
      })
      : text(`${given} likes ${color}`);
  });
  tool('test_input_required_result_capabilities', 'Asks only what the client can answer', context => {
    const can = context.mcpReq.envelope?.['io.modelcontextprotocol/clientCapabilities'] ?? {};
    const inputRequests = {
      ...(can.elicitation && { user_name: name }),
      ...(can.sampling && { greeting: sample('Generate a greeting', 50) }),
      ...(can.roots && { client_roots: inputRequired.listRoots() }),
    };
    return context.mcpReq.inputResponses !== undefined || Object.keys(inputRequests).length === 0 ? text('done') : inputRequired({ inputRequests });
  });

  server.registerPrompt('test_input_required_result_prompt', { description: 'Asks for its context' }, context => {
    const answer = accepted(context, 'user_context');
    return answer?.context === undefined
      ? inputRequired({ inputRequests: { user_context: elicit('What context should the prompt use?', { context: string }) } })
      : { messages: [user({ type: 'text', text: `Use this context: ${answer.context}` })] };
  });
}
