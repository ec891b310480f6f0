using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Objects;
using McpOperator.TestKit;
using McpOperator.TestKit.Keycloaks;
using Spectre.Console;
using OperatorUnderTest = McpOperator.TestKit.OperatorProcess;

namespace McpOperator.Benchmarks.Access;

/// <summary>One session that was revoked.</summary>
/// <param name="Kubectl">Milliseconds from starting <c>kubectl patch</c> until it had ended.</param>
/// <param name="Refused">Milliseconds from starting it until the first call was refused.</param>
internal sealed record Revocation(double Kubectl, double Refused);

/// <summary>
/// Revocation as people see it: a real node, the server and its proxy in a pod, an agent that calls without pause with a signed token, and
/// <c>kubectl patch</c>. The clock starts with kubectl, whose own start counts as well.
/// </summary>
/// <param name="console">Where progress and results are shown.</param>
/// <param name="folder">Where results go.</param>
internal sealed class RevocationBenchmark(IAnsiConsole console, string folder)
{
    private const string Server = "weather";
    private const string Client = "planner";
    private const double MostMilliseconds = 2000;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly HttpClient Http = new();

    private string _ns = "";
    private string _url = "";
    private string _token = "";
    private string? _transportSession;

    /// <summary>Measures, shows and saves.</summary>
    /// <param name="trials">Sessions that are revoked, one after the other.</param>
    /// <param name="sessions">Sessions that the server has; those that are revoked are among them.</param>
    /// <param name="ct">Gives up.</param>
    public async Task RunAsync(int trials, int sessions, CancellationToken ct)
    {
        await using var cluster = await Cluster.StartAsync("bench", Say, node: true);
        var archives = await ScriptRun.StartAsync("hack/images.sh", ["mcp-proxy", "fixture-server"], Say);
        var images = await cluster.PushAsync(archives.Output.Split('\n').Select(line => Path.Combine(Repository.Root, line.Split(' ')[^1])));
        await using var realm = await TestRealm.StartAsync(cluster);
        var configuration = Path.Combine(cluster.Folder, "config.yaml");
        await File.WriteAllTextAsync(configuration, $$"""
            images: {allowedRegistries: ["{{cluster.Registry}}"], signatures: {mode: "Off"}, registries: {insecure: ["{{cluster.Registry}}"]} }
            proxy: {image: "{{images["mcp-proxy"]}}"}
            network: {apiServerCidrs: ["{{cluster.ApiServer.Split(':')[0]}}/32"], apiServerPorts: [{{cluster.ApiServer.Split(':')[1]}}]}
            quotas: {mode: unbounded}
            {{realm.Configuration}}
            """, ct);
        await using var subject = await OperatorUnderTest.StartAsync(cluster.OperatorKubeconfig, configuration);
        await MakeAsync(cluster, realm, images["fixture-server"], Math.Max(trials, sessions), ct);

        var load = Load();
        var revocations = new List<Revocation>();
        for (var trial = 0; trial < trials; trial++)
        {
            // A token lasts for minutes, and a busy machine may take longer for all.
            _token = await realm.UserTokenAsync("alice", Client, $"mcp:{_ns}:{Server}:echo");
            revocations.Add(await RevokeAsync(cluster, $"session-{trial}", ct));
            if ((trial + 1) % 20 == 0)
            {
                Say($"{trial + 1} of {trials} sessions revoked");
            }
        }

        Print(revocations, Math.Max(trials, sessions), load);
        var path = Path.Combine(folder, $"revocation-{DateTime.UtcNow.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}.json");
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(revocations, JsonSerializerOptions.Web), ct);
        Say(path);
    }

    private void Say(string what) => console.MarkupLineInterpolated($"[grey]{what}[/]");

    /// <summary>A server, one grant, and sessions; waits until all of it is in force.</summary>
    private async Task MakeAsync(Cluster cluster, TestRealm realm, string image, int sessions, CancellationToken ct)
    {
        _ns = await cluster.NewNamespaceAsync();
        await CreateAsync(cluster, Kinds.Server, Server, $$"""
            {"image": "{{image}}", "runtime": "Deployment", "args": ["http"], "tools": [{"name": "echo", "description": "Returns what it is given", "sideEffect": "read"}]}
            """);
        await CreateAsync(cluster, Kinds.Grant, "planner", $$"""
            {"serverRef": {"name": "{{Server}}"}, "subjects": [{"agent": "{{Client}}"}], "allowedSideEffects": ["read"], "oauthClient": {"clientId": "{{Client}}", "redirectUris": ["{{TestRealm.RedirectUri}}"]} }
            """);
        Say($"making {sessions} sessions");
        await Parallel.ForAsync(0, sessions, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = ct }, async (number, _) => await CreateAsync(cluster, Kinds.Session, $"session-{number}", $$"""
            {"serverRef": {"name": "{{Server}}"}, "subject": {"user": "alice"}, "expiresAt": "{{DateTime.UtcNow.AddHours(6):yyyy-MM-ddTHH:mm:ssZ}}"}
            """));
        Say("waiting until all say that they are published");
        await Eventually.Becomes(
            async () => (await cluster.Api.ListAsync(Kinds.Session, _ns)).Count(session => Holds(session, ConditionTypes.Published)), published => published == sessions, "all sessions are published", within: TimeSpan.FromMinutes(5));
        await UntilAsync(cluster, Kinds.Server, Server, ConditionTypes.Ready);
        await UntilAsync(cluster, Kinds.Grant, "planner", ConditionTypes.ClientRegistered);
        var service = await cluster.Api.GetAsync(Kinds.Service, _ns, ChildNames.Workload(Server));
        _url = $"http://{service.Text("spec.clusterIP")}:{service.Text("spec.ports.0.port")}/mcp";
        _token = await realm.UserTokenAsync("alice", Client, $"mcp:{_ns}:{Server}:echo");
        using var opened = await SendAsync(null, """
            {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"} } }
            """, ct);
        _transportSession = opened.Headers.GetValues("Mcp-Session-Id").Single();
        await Eventually.Becomes(async () => await CallAsync($"session-{sessions - 1}", ct), status => status == HttpStatusCode.OK, "the last session is in force");
    }

    private async Task<Revocation> RevokeAsync(Cluster cluster, string session, CancellationToken ct)
    {
        if (await CallAsync(session, ct) is not HttpStatusCode.OK and var early)
        {
            throw new InvalidOperationException($"{session} is refused before it was revoked: {(int)early}");
        }

        var began = Stopwatch.GetTimestamp();
        var patching = PatchAsync(cluster, session, began, ct);
        while (await CallAsync(session, ct) == HttpStatusCode.OK)
        {
            if (Stopwatch.GetElapsedTime(began) > Longest)
            {
                throw new InvalidOperationException($"{session} is not refused after {Longest.TotalSeconds} s");
            }
        }

        return new Revocation(Refused: Stopwatch.GetElapsedTime(began).TotalMilliseconds, Kubectl: await patching);
    }

    private async Task<double> PatchAsync(Cluster cluster, string session, long began, CancellationToken ct)
    {
        using var kubectl = Process.Start(new ProcessStartInfo(
            cluster.Kubectl ?? throw new InvalidOperationException("this cluster has no kubectl"),
            ["--kubeconfig", cluster.Kubeconfig, "patch", "mcpagentsession", session, "-n", _ns, "--type=merge", "-p", """{"spec": {"revoked": true}}"""])
        { RedirectStandardOutput = true })!;
        await kubectl.WaitForExitAsync(ct);
        return kubectl.ExitCode == 0 ? Stopwatch.GetElapsedTime(began).TotalMilliseconds : throw new InvalidOperationException($"kubectl ended with {kubectl.ExitCode}");
    }

    private async Task<HttpStatusCode> CallAsync(string session, CancellationToken ct)
    {
        using var answer = await SendAsync(session, """{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "echo", "arguments": {"text": "hello"} } }""", ct);
        return answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Unauthorized
            ? answer.StatusCode
            : throw new InvalidOperationException($"the call is answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(ct)}");
    }

    private async Task<HttpResponseMessage> SendAsync(string? session, string body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {_token}");
        if (session is not null)
        {
            request.Headers.TryAddWithoutValidation(Headers.AgentSession, session);
            request.Headers.TryAddWithoutValidation("Mcp-Session-Id", _transportSession);
            request.Headers.TryAddWithoutValidation("MCP-Protocol-Version", "2025-11-25");
        }

        return await Http.SendAsync(request, ct);
    }

    private Task<JsonObject> CreateAsync(Cluster cluster, ResourceType kind, string name, string spec) => cluster.Api.CreateAsync(kind, _ns, Json.Parse(
        $$"""{"apiVersion": "{{ApiGroup.Name}}/{{ApiGroup.V1Alpha1}}", "kind": "{{kind.Kind}}", "metadata": {"name": "{{name}}"}, "spec": {{spec}} }"""));

    private static bool Holds(JsonObject item, string condition) => item.Condition(condition)?.StartsWith("True/", StringComparison.Ordinal) == true;

    private Task<JsonObject> UntilAsync(Cluster cluster, ResourceType kind, string name, string condition) => Eventually.Becomes(
        () => cluster.Api.GetAsync(kind, _ns, name), item => Holds(item, condition), $"{kind} {name} is {condition}", within: TimeSpan.FromMinutes(2));

    /// <summary>How many processes wanted a processor in the last minute, on average.</summary>
    private static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    private void Print(List<Revocation> revocations, int sessions, string loadBefore)
    {
        var refused = revocations.ConvertAll(r => r.Refused);
        var after = revocations.ConvertAll(r => Math.Max(0, r.Refused - r.Kubectl));
        var worst = Statistics.Percentile(refused, 0.99);
        var table = new Table().Title("Revocation on a real node").Caption($"{Environment.ProcessorCount} cores; load {loadBefore} before, {Load()} after")
            .AddColumn("figure").AddColumn(new TableColumn("p50 / p99 / most").RightAligned()).AddColumn(new TableColumn("wanted").RightAligned());
        table.AddRow(
            new Text($"kubectl patch started → first refused call, {revocations.Count} of {sessions} sessions"),
            new Text(Of(refused), new Style(worst < MostMilliseconds ? Color.Green : Color.Red)), new Text($"p99 < {MostMilliseconds:0} ms"));
        table.AddRow("… of that, kubectl itself", Of(revocations.ConvertAll(r => r.Kubectl)), "");
        table.AddRow("kubectl has ended → first refused call", Of(after), "");
        console.Write(table);

        static string Of(List<double> values) => $"{Statistics.Median(values):0} / {Statistics.Percentile(values, 0.99):0} / {values.Max():0} ms";
    }
}
