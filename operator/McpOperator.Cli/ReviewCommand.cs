using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Admission.Decisions;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Policy;

namespace McpOperator.Cli;

/// <summary><c>mcp-operator review</c>: what waits for a person, and that person's decision.</summary>
internal static class ReviewCommand
{
    private const int ShortestHash = 8;
    private static readonly JsonSerializerOptions Indented = new(KubernetesJson.Options) { WriteIndented = true };

    private enum Format
    {
        Text,
        Json,
    }

    public static Command Create() => new("review", "See which servers say something new to models, and decide whether they may.")
    {
        List(), Show(), Decide(Verb.Approve, "Let the version that waits serve."), Decide(Verb.Reject, "Refuse the version that waits."), Rollback(),
    };

    private static Command List()
    {
        var all = new Option<bool>("--all-namespaces", "-A") { Description = "Servers of all namespaces." };
        var output = Output();
        var cluster = new ClusterOptions();
        var command = new Command("list", "List versions that wait for a decision, the gravest first.") { all, output };
        cluster.AddTo(command);
        command.SetAction((parsed, ct) => Guarded.RunAsync(parsed, async (stdout, stderr) =>
        {
            using var client = cluster.Connect(parsed, out var ns);
            var waiting = await client.ListAsync<MCPServer>(parsed.GetValue(all) ? null : ns, ct: ct).Where(s => s.Status.Pending is not null).ToListAsync(ct);
            waiting = [.. waiting.OrderBy(s => s.Status.Pending!.Rejected).ThenBy(Gravity).ThenBy(s => s.Status.Pending!.Since).ThenBy(s => $"{s.Metadata.NamespaceProperty}/{s.Metadata.Name}", StringComparer.Ordinal)];
            if (parsed.GetValue(output) == Format.Json)
            {
                await stdout.WriteLineAsync(new JsonArray([.. waiting.Select(s => ToJson(s, null))]).ToJsonString(Indented));
                return 0;
            }

            TextTable.Write(stdout, ["NAMESPACE", "NAME", "VERSION", "STATE", "GRAVEST", "CHANGES", "CHANGED BY", "SINCE", "SURFACE"],
            [
                .. waiting.Select(s => (s, p: s.Status.Pending!)).Select(w => (IReadOnlyList<string>)
                [
                    w.s.Metadata.NamespaceProperty ?? "", w.s.Metadata.Name, $"{w.p.Version}", w.p.Rejected ? "Rejected" : w.p.SurfaceHash is null ? "ToolsUnknown" : "Waits",
                    w.p.Changes is [var gravest, ..] ? $"{gravest.Class}" : "-", $"{(w.p.Changes?.Count ?? 0) + w.p.MoreChanges}",
                    VisibleText.Of(string.Join(",", w.p.ChangedBy ?? ["-"])), $"{w.p.Since:yyyy-MM-ddTHH:mm:ssZ}", w.p.SurfaceHash?[..12] ?? "-",
                ]),
            ]);
            if (waiting.Count == 0)
            {
                await stderr.WriteLineAsync("Nothing waits for review.");
            }

            return 0;
        }));
        return command;
    }

    private static Command Show()
    {
        var name = Name();
        var output = Output();
        var color = new Option<bool?>("--color") { Description = "Mark differences with colours. Default: on a terminal." };
        var cluster = new ClusterOptions();
        var command = new Command("show", "Show what a version that waits says differently, with everything that hides in it.") { name, output, color };
        cluster.AddTo(command);
        command.SetAction((parsed, ct) => Guarded.RunAsync(parsed, async (stdout, _) =>
        {
            using var client = cluster.Connect(parsed, out var ns);
            var server = await GetAsync(client, ns, parsed.GetValue(name)!, ct);
            var diff = await PendingDiff.ReadAsync(client, server, ct);
            if (parsed.GetValue(output) == Format.Json)
            {
                await stdout.WriteLineAsync(ToJson(server, diff.Changes).ToJsonString(Indented));
            }
            else
            {
                new DiffText(stdout, parsed.GetValue(color) ?? (!Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null)).Write(server, diff);
            }

            return 0;
        }));
        return command;
    }

    private static Command Decide(Verb verb, string description)
    {
        var word = verb.ToString().ToLowerInvariant();
        var name = Name();
        var hash = new Option<string?>("--hash") { Description = $"The surface that is meant, or its first {ShortestHash} digits or more, as show prints it. Without it the differences are shown and you are asked." };
        var reason = Reason();
        var cluster = new ClusterOptions();
        var command = new Command(word, description) { name, hash, reason };
        cluster.AddTo(command);
        command.SetAction((parsed, ct) => Guarded.RunAsync(parsed, async (stdout, _) =>
        {
            using var client = cluster.Connect(parsed, out var ns);
            var server = await GetAsync(client, ns, parsed.GetValue(name)!, ct);
            var pending = server.Status.Pending;
            if (pending is not { SurfaceHash: { } surface })
            {
                throw new IOException($"No version of MCPServer '{server.Metadata.Name}' waits for a decision; see mcp-operator review list -n {ns}.");
            }

            if (parsed.GetValue(hash) is { } meant)
            {
                if (meant.Length < ShortestHash || !surface.StartsWith(meant, StringComparison.Ordinal))
                {
                    throw new IOException($"--hash: what waits is {surface}, and not {meant}; read mcp-operator review show {server.Metadata.Name} -n {ns} again.");
                }
            }
            else if (!await AskAsync(client, server, word, stdout, ct))
            {
                return Commands.InputError;
            }

            await WriteAsync(client, server, new(verb, surface), parsed.GetValue(reason), ct);
            await stdout.WriteLineAsync($"version {pending.Version} of {server.Metadata.Name}: {word} {surface}");
            return 0;
        }));
        return command;
    }

    private static Command Rollback()
    {
        var name = Name();
        var to = new Option<long?>("--to") { Description = "The version to go back to. Default: the approved one before." };
        var reason = Reason();
        var cluster = new ClusterOptions();
        var command = new Command("rollback", "Let an earlier approved version serve again, at once and without a new approval.") { name, to, reason };
        cluster.AddTo(command);
        command.SetAction((parsed, ct) => Guarded.RunAsync(parsed, async (stdout, _) =>
        {
            using var client = cluster.Connect(parsed, out var ns);
            var server = await GetAsync(client, ns, parsed.GetValue(name)!, ct);
            var target = ReviewDecision.Target(server.Status);
            var earlier = (server.Status.History ?? []).Where(v => v.State is VersionState.Superseded or VersionState.Active && v.Version != target?.Version).ToList();
            var version = parsed.GetValue(to) ?? earlier.FirstOrDefault(v => v.Version < target?.Version)?.Version
                ?? throw new IOException($"MCPServer '{server.Metadata.Name}' has no earlier approved version to go back to.");
            if (earlier.All(v => v.Version != version))
            {
                throw new IOException($"--to: version {version} is no earlier approved version; there are {(earlier.Count == 0 ? "none" : string.Join(", ", earlier.Select(v => v.Version)))}.");
            }

            await WriteAsync(client, server, new(Verb.Rollback, version.ToString(CultureInfo.InvariantCulture)), parsed.GetValue(reason), ct);
            await stdout.WriteLineAsync($"version {version} of {server.Metadata.Name} serves again; version {target?.Version} is refused until it is proposed anew");
            await stdout.WriteLineAsync(
                """

                The manifest still asks for the version that you went back from. Where it comes from Git, revert it there as well (git revert): what
                was approved once needs no new approval. Where there is time for it, git revert alone does all of this.
                Argo CD: self-heal does not undo this rollback, because it changes no field that stands in Git, only the annotation
                mcpoperator.io/decision. Keep that annotation out of your manifests.
                """);
            return 0;
        }));
        return command;
    }

    private static Argument<string> Name() => new("name") { Description = "The MCPServer." };

    private static Option<string?> Reason() => new("--reason") { Description = "Why; kept in the status and told in an event." };

    private static Option<Format> Output() => new("--output", "-o") { Description = "text or json.", DefaultValueFactory = _ => Format.Text };

    private static SurfaceChangeClass Gravity(MCPServer server) => server.Status.Pending?.Changes is [var gravest, ..] ? gravest.Class : SurfaceChangeClass.Narrowing;

    private static async Task<MCPServer> GetAsync(KubernetesClient client, string ns, string name, CancellationToken ct) =>
        await client.GetAsync<MCPServer>(name, ns, ct) ?? throw new IOException($"There is no MCPServer '{name}' in namespace '{ns}'.");

    /// <summary>Nobody shall approve what they have not had before their eyes.</summary>
    private static async Task<bool> AskAsync(KubernetesClient client, MCPServer server, string word, TextWriter stdout, CancellationToken ct)
    {
        if (Console.IsInputRedirected)
        {
            throw new IOException($"--hash: say which surface you mean (mcp-operator review show {server.Metadata.Name} -n {server.Metadata.NamespaceProperty} prints it); there is nobody to ask.");
        }

        new DiffText(stdout, !Console.IsOutputRedirected).Write(server, await PendingDiff.ReadAsync(client, server, ct));
        await stdout.WriteAsync($"\n{word} this? [y/N] ");
        await stdout.FlushAsync(ct);
        return Console.ReadLine()?.Trim().ToLowerInvariant() is "y" or "yes";
    }

    /// <summary>An old decision that reads alike has to go first, or the new one would be no change, and admission would not see it.</summary>
    private static async Task WriteAsync(KubernetesClient client, MCPServer server, ReviewDecision decision, string? reason, CancellationToken ct)
    {
        var (ns, name) = (server.Metadata.NamespaceProperty, server.Metadata.Name);
        if (server.Metadata.Annotations?.ContainsKey(Annotations.Decision) == true)
        {
            await client.PatchAsync<MCPServer>(name, ns, Annotated(null, null), ct: ct);
        }

        await client.PatchAsync<MCPServer>(name, ns, Annotated(decision.ToString(), reason), ct: ct);
    }

    private static V1Patch Annotated(string? decision, string? reason) => V1Patch.Merge(new JsonObject
    {
        ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Annotations.Decision] = decision, [Annotations.DecisionReason] = reason } },
    });

    private static JsonObject ToJson(MCPServer server, IReadOnlyList<SurfaceChange>? changes)
    {
        var pending = server.Status.Pending is { } p ? KubernetesJson.SerializeToNode(changes is null ? p : p with { Changes = changes, MoreChanges = 0 }) : null;
        return new() { ["namespace"] = server.Metadata.NamespaceProperty, ["name"] = server.Metadata.Name, ["pending"] = pending, ["active"] = server.Status.Active is { } a ? KubernetesJson.SerializeToNode(a) : null };
    }
}
