using System.Security.Cryptography;
using System.Text.Json.Nodes;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators.MCPServers;
using McpOperator.Objects;
using McpOperator.Reconcilers.MCPServers;

namespace McpOperator.Benchmarks;

/// <summary>What servers look like.</summary>
internal enum Sample
{
    /// <summary>An image and nothing else.</summary>
    Minimal,

    /// <summary>Twelve described tools, four of them with schemas; environment, credentials, resources, limits.</summary>
    Typical,
}

/// <summary>Makes servers, and their children by the operator's own generators.</summary>
internal static class SampleServers
{
    private const string Image = "registry.example.com/bench/server@sha256:e5e72beb4e3c6926d3dc9e3e2ef7833ba50cd919c2460a782b244fd071e920de";
    private const int Tools = 12;
    private const int ToolsWithSchema = 4;

    private static readonly string[] Words =
    [
        .. ("searches records that match a query and returns them sorted by date with author title summary language source links newest first use limit to page "
            + "through long results dates are written as ISO 8601 in UTC never call this more than once per question because each call counts against the quota of "
            + "the user creates tickets in the tracker assigns people reads calendars rooms weather stations forecasts currencies exchange rates invoices customers "
            + "orders shipments parcels documents folders images tables charts metrics alerts deployments clusters pods logs traces commits branches reviews issues "
            + "comments reactions labels milestones when nothing is found an empty list comes back errors say what went wrong and how to put it right ask before "
            + "deleting anything optional fields may be left out default values hold then numbers are plain decimals").Split(' '),
    ];

    /// <summary>One server, on Knative and with a ServiceMonitor.</summary>
    public static MCPServer Make(Sample sample, string ns, string name) => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = ns },
        Spec = sample == Sample.Minimal ? new() { Image = Image, Runtime = RuntimeKind.Knative } : new()
        {
            Image = Image,
            Runtime = RuntimeKind.Knative,
            Env =
            [
                new() { Name = "LOG_LEVEL", Value = "info" },
                new() { Name = "REGION", ValueFrom = new() { ConfigMapKeyRef = new() { Name = "settings", Key = "region", Optional = true } } },
                new() { Name = "CACHE_PASSWORD", ValueFrom = new() { SecretKeyRef = new() { Name = "cache", Key = "password", Optional = true } } },
            ],
            Secrets = [new() { Name = $"{name}-api", Key = "token", TargetEnvName = "API_TOKEN" }],
            Resources = new()
            {
                Requests = new Dictionary<string, Quantity> { ["cpu"] = "100m", ["memory"] = "128Mi" },
                Limits = new Dictionary<string, Quantity> { ["cpu"] = "1", ["memory"] = "256Mi" },
            },
            Scaling = new() { MinScale = 0, MaxScale = 5, TargetConcurrency = 20 },
            RateLimits = new() { ToolCallsPerMinute = 300, ToolCallsPerMinutePerClient = 60 },
            Tools = [.. Enumerable.Range(0, Tools).Select(i => Tool(name, i))],
        },
    };

    /// <summary>The children as the operator applies them; only the session key is another, because it is random.</summary>
    public static IReadOnlyList<KubernetesEntity> Children(MCPServer server, OperatorConfiguration configuration, IReadOnlyDictionary<string, string>? namespaceLabels)
    {
        var observed = MCPServerObserved.Of(server, new Surroundings { Configuration = configuration, Runtime = RuntimeKind.Knative, NamespaceLabels = namespaceLabels });
        return observed is { IsAccepted: true, WorkloadProblem: null }
            ? [.. ServerChildren.Make(observed.ToInput()).Select(child => child.Seal()?.Manifest).OfType<KubernetesEntity>().Select(WithKey)]
            : throw new InvalidOperationException($"The sample is refused: {string.Join(" ", observed.ImageViolations.Concat(observed.SpecViolations))} {observed.WorkloadProblem?.Message}");
    }

    private static KubernetesEntity WithKey(KubernetesEntity child) =>
        child is V1Secret secret ? secret with { Data = new Dictionary<string, byte[]> { ["key"] = RandomNumberGenerator.GetBytes(32) } } : child;

    private static ToolDeclaration Tool(string server, int i) => new()
    {
        Name = $"tool_{i}_search_records",
        Description = Prose($"{server}/{i}", 30),
        SideEffect = i % 3 == 0 ? SideEffect.Write : SideEffect.Read,
        InputSchema = i >= ToolsWithSchema ? null : new JsonObject
        {
            ["type"] = "object",
            ["required"] = new JsonArray("query"),
            ["properties"] = new JsonObject
            {
                ["query"] = new JsonObject { ["type"] = "string", ["description"] = Prose($"{server}/{i}/query", 8) },
                ["limit"] = new JsonObject { ["type"] = "integer", ["minimum"] = 1, ["maximum"] = 100 },
                ["since"] = new JsonObject { ["type"] = "string", ["format"] = "date-time" },
            },
        },
    };

    /// <summary>A text that is another for each seed: what repeats itself would be packed too easily.</summary>
    private static string Prose(string seed, int words)
    {
        var hash = SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(seed));
        return string.Join(' ', Enumerable.Range(0, words).Select(i => Words[(hash[i] + i) % Words.Length])) + ".";
    }
}
