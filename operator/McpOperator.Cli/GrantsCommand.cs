using System.CommandLine;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;

namespace McpOperator.Cli;

/// <summary><c>mcp-operator grants</c></summary>
internal static class GrantsCommand
{
    public static Command Create() => new("grants", "Look at grants, and at what they amount to.") { List(), Explain() };

    private static Command List()
    {
        var server = new Option<string?>("--server") { Description = "Only grants of this MCPServer." };
        var all = new Option<bool>("--all-namespaces", "-A") { Description = "Grants of all namespaces." };
        var cluster = new ClusterOptions();
        var command = new Command("list", "List grants with whom they are for and how they fare.") { server, all };
        cluster.AddTo(command);
        command.SetAction((parsed, ct) => Guarded.RunAsync(parsed, async (stdout, _) =>
        {
            using var client = cluster.Connect(parsed, out var ns);
            var grants = await client.ListAsync<MCPAccessGrant>(parsed.GetValue(all) ? null : ns, ct: ct).Where(g => parsed.GetValue(server) is not { } name || g.Spec.ServerRef.Name == name).ToListAsync(ct);
            TextTable.Write(stdout, ["NAMESPACE", "NAME", "SERVER", "FOR", "TRUST", "SIDE EFFECTS", "TOOLS", "PUBLISHED", "ENDS"],
            [
                .. grants.OrderBy(g => g.Metadata.NamespaceProperty, StringComparer.Ordinal).ThenBy(g => g.Metadata.Name, StringComparer.Ordinal).Select(g => (IReadOnlyList<string>)
                [
                    g.Metadata.NamespaceProperty ?? "", g.Metadata.Name, g.Spec.ServerRef.Name, Subjects(g.Spec), Word(g.Spec.MaxTrust),
                    g.Spec.AllowedSideEffects.Count == 0 ? "none" : string.Join(",", g.Spec.AllowedSideEffects.Select(Word)),
                    g.Status.MatchedTools?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-", Published(g.Status), g.Spec.ExpiresAt is { } end ? $"{end:yyyy-MM-ddTHH:mm:ssZ}" : "never",
                ]),
            ]);
            return 0;
        }));
        return command;
    }

    private static Command Explain()
    {
        var grantName = new Argument<string>("name") { Description = "The grant." };
        var cluster = new ClusterOptions();
        var command = new Command("explain", "Tell what a grant amounts to, tool by tool.") { grantName };
        cluster.AddTo(command);
        command.SetAction((parsed, ct) => Guarded.RunAsync(parsed, async (stdout, stderr) =>
        {
            using var client = cluster.Connect(parsed, out var ns);
            var name = parsed.GetValue(grantName)!;
            var grant = await client.GetAsync<MCPAccessGrant>(name, ns, ct) ?? throw new IOException($"There is no MCPAccessGrant '{name}' in namespace '{ns}'.");
            var world = await AccessWorld.OfAsync(client, ns, grant.Spec.ServerRef.Name, ct);
            await stdout.WriteLineAsync($"{name} is for {Subjects(grant.Spec)} on server {grant.Spec.ServerRef.Name}, who are trusted at most {Word(grant.Spec.MaxTrust)}.");
            foreach (var condition in grant.Status.Conditions.Where(c => c.Status != "True" || c.Message is not null))
            {
                await stdout.WriteLineAsync($"{condition.Type} is {condition.Status} ({condition.Reason}): {condition.Message}");
            }

            var tools = new ToolTable(PolicyCompiler.Compile(
                world.Server, ToolConfigResolution.Of(world.Server.Spec.ToolConfigRef, world.ToolConfig, world.Server.Spec.Tools), Tenants.Of(ns, world.NamespaceLabels), new()).Document.Tools);
            if (world.Server.Spec.Tools is null)
            {
                await stderr.WriteLineAsync("The server declares no tools in spec.tools; each that it has counts as destructive and requires trust high.");
            }

            TextTable.Write(stdout, ["TOOL", "SIDE EFFECT", "REQUIRES", "BY THIS GRANT"],
            [
                .. GrantScope.Explain(AccessCompiler.EntryOf(grant), tools).OrderBy(tool => tool.ShownName, StringComparer.Ordinal).Select(tool => (IReadOnlyList<string>)
                    [tool.ShownName, Word(tool.Tool.SideEffect), Word(tool.Required), tool.Answer]),
            ]);
            return 0;
        }));
        return command;
    }

    private static string Subjects(MCPAccessGrantSpec grant) => string.Join(" or ", grant.Subjects.Select(s =>
        string.Join("+", new[] { s.User is { } u ? $"user {u}" : null, s.Agent is { } a ? $"agent {a}" : null, s.Group is { } g ? $"group {g}" : null }.OfType<string>())));

    private static string Published(MCPAccessGrantStatus status) =>
        status.Conditions.FirstOrDefault(c => c.Type == ConditionTypes.Published) is { } condition ? condition.Status == "True" ? "yes" : condition.Reason : "?";

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
