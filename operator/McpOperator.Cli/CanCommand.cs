using System.CommandLine;
using McpOperator.Policy;

namespace McpOperator.Cli;

/// <summary><c>mcp-operator can</c></summary>
internal static class CanCommand
{
    /// <summary>Exit code when the call would be refused; 0 when it would go through.</summary>
    private const int Refused = 2;

    public static Command Create()
    {
        var server = new Option<string>("--server") { Description = "The MCPServer.", Required = true };
        var tool = new Option<string>("--tool") { Description = "The tool, as callers see it.", Required = true };
        var user = new Option<string?>("--user") { Description = "The user, as the token names it." };
        var agent = new Option<string?>("--agent") { Description = "The agent, as the token names it." };
        var groups = new Option<string[]>("--group") { Description = "A group of the user. May be repeated." };
        var scopes = new Option<string[]>("--scope") { Description = "A scope of the token. May be repeated." };
        var session = new Option<string?>("--session") { Description = "The MCPAgentSession that the agent presents." };
        var files = new Option<string[]>("--filename", "-f")
        {
            Description = "Files with the MCPServer, its MCPToolConfig, MCPAccessGrants, MCPAgentSessions and, for the tenant, the Namespace; - reads standard input.",
            AllowMultipleArgumentsPerToken = true,
        };
        var live = new Option<bool>("--live") { Description = "Ask the cluster instead of files." };
        var config = new Option<string?>("--config") { Description = "The operator's configuration file; without it the shipped defaults hold." };
        var cluster = new ClusterOptions();
        var command = new Command("can", "Tell whether a call of a tool would go through, and why. Exit code 0 when it would, 2 when it would be refused.")
        {
            server, tool, user, agent, groups, scopes, session, files, live, config,
        };
        cluster.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(live) == result.GetValue(files) is { Length: > 0 })
            {
                result.AddError("Name files (-f) or ask the cluster (--live), one of the two.");
            }
        });
        command.SetAction((parsed, ct) => Guarded.RunAsync(parsed, async (stdout, stderr) =>
        {
            var now = DateTimeOffset.UtcNow;
            var world = parsed.GetValue(live)
                ? await FromClusterAsync(cluster, parsed, parsed.GetValue(server)!, ct)
                : AccessWorld.Of(parsed.GetValue(files)!.Select(SourceFiles.Read), parsed.GetValue(cluster.Namespace) ?? "default", parsed.GetValue(server)!, now.UtcDateTime);
            var caller = parsed.GetValue(user) is null && parsed.GetValue(agent) is null && parsed.GetValue(groups) is not { Length: > 0 }
                ? Caller.Anonymous
                : new Caller
                {
                    IsAuthenticated = true,
                    User = parsed.GetValue(user),
                    Agent = parsed.GetValue(agent),
                    Groups = parsed.GetValue(groups) ?? [],
                    Scopes = parsed.GetValue(scopes) ?? [],
                    Session = parsed.GetValue(session),
                };
            var notes = new List<string>();
            var (policy, access) = world.Compile(ConfigurationFile.LoadOrDefault(parsed.GetValue(config)), now, notes);
            notes.ForEach(stderr.WriteLine);
            var trace = new DecisionTrace();
            var decision = AccessDecider.DecideTool(policy, access, caller, parsed.GetValue(tool)!, now, trace);
            Print(stdout, policy, decision, trace, parsed.GetValue(tool)!);
            return decision.IsAllowed ? 0 : Refused;
        }));
        return command;
    }

    private static async Task<AccessWorld> FromClusterAsync(ClusterOptions options, ParseResult parsed, string server, CancellationToken ct)
    {
        using var client = options.Connect(parsed, out var ns);
        return await AccessWorld.OfAsync(client, ns, server, ct);
    }

    private static void Print(TextWriter to, PolicyTable policy, AccessDecision decision, DecisionTrace trace, string tool)
    {
        var (server, access) = (policy.Document.Server, policy.Document.Access);
        to.WriteLine($"{"server",-8} {server.Namespace}/{server.Name}: mode {access.Mode}, default {access.DefaultDecision}, session {(access.RequireSession ? "required" : "not required")}, tokens {policy.Document.Auth.Type}");
        foreach (var step in trace.Steps)
        {
            to.WriteLine($"{step.Step,-8} {step.Finding}");
        }

        var by = decision.Grant is null ? "" : $" (grant {decision.Grant}{(decision.Rule is null ? "" : $", rule {decision.Rule}")})";
        to.WriteLine(decision.IsAllowed ? $"yes: {decision.Reason}{by}" : $"no: {decision.Reason}{by}. {Denial.Of(decision, tool).Message}");
    }
}
