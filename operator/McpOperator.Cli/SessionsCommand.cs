using System.CommandLine;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;

namespace McpOperator.Cli;

/// <summary><c>mcp-operator sessions</c></summary>
internal static class SessionsCommand
{
    public static Command Create() => new("sessions", "Look at agents' sessions, and end them.") { List(), Revoke() };

    private static Command List()
    {
        var server = new Option<string?>("--server") { Description = "Only sessions of this MCPServer." };
        var all = new Option<bool>("--all-namespaces", "-A") { Description = "Sessions of all namespaces." };
        var cluster = new ClusterOptions();
        var command = new Command("list", "List sessions with whose they are and how they fare.") { server, all };
        cluster.AddTo(command);
        command.SetAction((parsed, ct) => Guarded.RunAsync(parsed, async (stdout, _) =>
        {
            using var client = cluster.Connect(parsed, out var ns);
            var sessions = await client.ListAsync<MCPAgentSession>(parsed.GetValue(all) ? null : ns, ct: ct).Where(s => parsed.GetValue(server) is not { } name || s.Spec.ServerRef.Name == name).ToListAsync(ct);
            TextTable.Write(stdout, ["NAMESPACE", "NAME", "SERVER", "USER", "AGENT", "TRUST", "STATE", "ENDS"],
            [
                .. sessions.OrderBy(s => s.Metadata.NamespaceProperty, StringComparer.Ordinal).ThenBy(s => s.Spec.ExpiresAt).Select(s => (IReadOnlyList<string>)
                [
                    s.Metadata.NamespaceProperty ?? "", s.Metadata.Name, s.Spec.ServerRef.Name, s.Spec.Subject.User ?? "-", s.Spec.Subject.Agent ?? "-",
                    s.Spec.ConsentedTrust.ToString().ToLowerInvariant(), StateOf(s), $"{s.Spec.ExpiresAt:yyyy-MM-ddTHH:mm:ssZ}",
                ]),
            ]);
            return 0;
        }));
        return command;
    }

    private static Command Revoke()
    {
        var names = new Argument<string[]>("names") { Description = "The sessions.", Arity = ArgumentArity.ZeroOrMore };
        var server = new Option<string?>("--server") { Description = "Instead of names: all sessions of this MCPServer." };
        var user = new Option<string?>("--user") { Description = "Instead of names: all sessions of this user." };
        var agent = new Option<string?>("--agent") { Description = "Instead of names: all sessions of this agent." };
        var cluster = new ClusterOptions();
        var command = new Command("revoke", "End sessions at once and for good.") { names, server, user, agent };
        cluster.AddTo(command);
        command.Validators.Add(result =>
        {
            var byName = result.GetValue(names) is { Length: > 0 };
            if (byName == (result.GetValue(server) is not null || result.GetValue(user) is not null || result.GetValue(agent) is not null))
            {
                result.AddError("Name sessions, or say whose by --server, --user or --agent; not both.");
            }
        });
        command.SetAction((parsed, ct) => Guarded.RunAsync(parsed, async (stdout, stderr) =>
        {
            using var client = cluster.Connect(parsed, out var ns);
            var chosen = parsed.GetValue(names) is { Length: > 0 } given
                ? given
                : await client.ListAsync<MCPAgentSession>(ns, ct: ct)
                    .Where(s => !s.Spec.Revoked && Is(parsed.GetValue(server), s.Spec.ServerRef.Name) && Is(parsed.GetValue(user), s.Spec.Subject.User) && Is(parsed.GetValue(agent), s.Spec.Subject.Agent))
                    .Select(s => s.Metadata.Name).ToArrayAsync(ct);
            var failed = 0;
            foreach (var name in chosen)
            {
                try
                {
                    await client.PatchAsync<MCPAgentSession>(name, ns, V1Patch.Merge(new { spec = new { revoked = true } }), ct: ct);
                    await stdout.WriteLineAsync($"session {name} revoked");
                }
                catch (KubernetesException e)
                {
                    // The others have to end all the same.
                    failed++;
                    await stderr.WriteLineAsync(e.Message);
                }
            }

            if (chosen.Length == 0)
            {
                await stderr.WriteLineAsync("No session is like that, or all are revoked already.");
            }

            return failed == 0 ? 0 : Commands.InputError;
        }));
        return command;
    }

    private static bool Is(string? wanted, string? actual) => wanted is null || wanted == actual;

    private static string StateOf(MCPAgentSession session) =>
        session.Status.Conditions.FirstOrDefault(c => c.Type == ConditionTypes.Active)?.Reason ?? (session.Spec.Revoked ? Reasons.Revoked : "?");
}
