using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.TestKit.Keycloaks;

namespace McpOperator.EndToEnd.Tests;

/// <summary>A test of servers that ask for tokens, which a realm issues for the operator's clients.</summary>
public abstract class TokenTest : PodTest
{
    /// <summary>Tools of the fixture server, with its own words; what is not among them it has as well, and shows nobody.</summary>
    protected const string Tools = """
        [
          {"name": "echo", "description": "Returns what it is given", "sideEffect": "read"},
          {"name": "whoami", "description": "Says which pod, process and session answers, and how often it was called in this session", "sideEffect": "read"},
          {"name": "complain", "description": "Writes to stderr", "sideEffect": "write", "requiredTrust": "medium"},
          {"name": "delete_everything", "description": "What an agent must not be shown", "sideEffect": "destructive", "requiredTrust": "high"}
        ]
        """;

    protected TestRealm Realm { get; private set; } = null!;

    /// <summary>How lax servers may be.</summary>
    protected virtual string Access => "laxestMode: Open";

    /// <summary>How much tenants may have.</summary>
    protected virtual string Quotas => "mode: unbounded";

    [OneTimeSetUp]
    public async Task StartRealm()
    {
        Realm = await TestRealm.StartAsync(Suite.Cluster);
        await Suite.ConfigureAsync(Suite.Configuration(Access, Quotas, Realm.Configuration));
    }

    [OneTimeTearDown]
    public async Task StopRealm()
    {
        await Suite.ConfigureAsync(Suite.Configuration());
        await Realm.DisposeAsync();
    }

    /// <summary>Runs a server that asks for a token, a grant and a session.</summary>
    /// <returns>The address of its Service.</returns>
    protected async Task<string> RunGuardedAsync(string name, string? ns = null)
    {
        var url = await RunServerAsync(
            name, "streamable-http", $$"""{"tools": {{Tools}}, "access": {"mode": "Enforce", "defaultDecision": "Deny", "requireSession": true}, "auth": {"issuer": "{{Realm.Issuer}}"} }""", ns);
        await UntilConditionAsync(Kinds.Server, name, ConditionTypes.ScopesSynced, "True/Synced", ns);
        return url;
    }

    /// <summary>A tool's scope.</summary>
    protected string Scope(string server, string tool, string? ns = null) => $"mcp:{ns ?? Ns}:{server}:{tool}";

    protected Task<JsonObject> GrantAsync(string name, string server, string spec, string? ns = null) => Api.CreateAsync(Kinds.Grant, ns ?? Ns, Json.Parse(
        $$"""{"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPAccessGrant", "metadata": {"name": "{{name}}"}, "spec": {"serverRef": {"name": "{{server}}"}, {{spec}} } }"""));

    protected Task<JsonObject> SessionAsync(string name, string server, string subject, string more = "", TimeSpan? lasts = null, string? ns = null) => Api.CreateAsync(Kinds.Session, ns ?? Ns, Json.Parse(
        $$"""
        {"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPAgentSession", "metadata": {"name": "{{name}}"}, "spec": {
          "serverRef": {"name": "{{server}}"}, "subject": {{subject}}, "expiresAt": "{{DateTime.UtcNow + (lasts ?? TimeSpan.FromHours(1)):yyyy-MM-ddTHH:mm:ssZ}}" {{more}} } }
        """));

    protected Task<JsonObject> UntilConditionAsync(Objects.ResourceType kind, string name, string type, string begins, string? ns = null) => Eventually.Becomes(
        () => Api.GetAsync(kind, ns ?? Ns, name), item => item.Condition(type)?.StartsWith(begins, StringComparison.Ordinal) == true,
        $"{kind} {name} says {type} {begins}", () => Suite.Operator.LogEnd);

    /// <summary>A client for users, who may ask for every scope of a server; it opens nothing by itself.</summary>
    protected async Task MakeUsersClientAsync(string server, string clientId, string? ns = null)
    {
        await GrantAsync($"client-{clientId}", server, $$"""
            "subjects": [{"user": "nobody-in-particular"}], "maxTrust": "high", "allowedSideEffects": ["read", "write", "destructive"],
            "oauthClient": {"clientId": "{{clientId}}", "redirectUris": ["{{TestRealm.RedirectUri}}"]}
            """, ns);
        await UntilConditionAsync(Kinds.Grant, $"client-{clientId}", ConditionTypes.ClientRegistered, "True/", ns);
    }

    /// <summary>Waits until every pod of a server goes by the grants and sessions that stand in the cluster now.</summary>
    protected async Task UntilInForceAsync(string server, string? ns = null)
    {
        ns ??= Ns;
        foreach (var kind in (Objects.ResourceType[])[Kinds.Grant, Kinds.Session])
        {
            foreach (var item in (await Api.ListAsync(kind, ns)).Where(i => i.Text("spec.serverRef.name") == server))
            {
                await Eventually.Becomes(
                    () => Api.GetAsync(kind, ns, item.Name()),
                    i => i.Text("status.observedGeneration") == i.Text("metadata.generation") && i.Condition(ConditionTypes.Published)?.StartsWith("Unknown", StringComparison.Ordinal) == false,
                    $"{kind} {item.Name()} is published or says why not", () => Suite.Operator.LogEnd);
            }
        }

        using var http = new HttpClient();
        foreach (var pod in await PodsAsync(server, ns))
        {
            await Eventually.Becomes(
                async () => (
                    InForce: Json.Parse(await http.GetStringAsync(new Uri($"http://{pod.Text("status.podIP")}:{Ports.ProxyMetrics}{ProxyPaths.Policy}"))).Text("access.revision"),
                    Wanted: (string?)(await Api.GetAsync(Kinds.ConfigMap, ns, ChildNames.Access(server))).At("metadata.annotations")?[Annotations.PolicyRevision]),
                seen => seen.InForce == seen.Wanted, $"{pod.Name()} goes by what stands in the cluster");
        }
    }

    /// <summary>How a call is refused.</summary>
    private protected static async Task<McpErrorException> RefusedAsync(SdkClient client, string tool, string arguments = "{}") =>
        (await client.Invoking(c => c.CallAsync(tool, arguments)).Should().ThrowAsync<McpErrorException>()).Which;
}
