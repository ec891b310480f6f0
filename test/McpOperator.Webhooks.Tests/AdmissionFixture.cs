using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using McpOperator.Admission;
using McpOperator.Admission.Images;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Reconcilers;
using McpOperator.Reconcilers.Versions;
using McpOperator.TestKit;
using McpOperator.Webhooks.Certificates;
using McpOperator.Webhooks.Reviews;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpOperator.Webhooks.Tests;

/// <summary>An answer as it came.</summary>
internal sealed record Answer(HttpStatusCode Code, string Text)
{
    public JsonNode Response => JsonNode.Parse(Text)!["response"]!;

    public bool Allowed => (bool)Response["allowed"]!;

    public string? Reason => (string?)Response["status"]?["reason"];
}

/// <summary>The webhooks over real HTTPS, before an API server that is not real.</summary>
internal sealed class AdmissionFixture : IAsyncDisposable, IOperatorConfiguration, IImageSignatures, IDecisionKey
{
    public const string Image = "ghcr.io/acme/weather@sha256:1111111111111111111111111111111111111111111111111111111111111111";
    public const string Namespace = "team-a";
    public const string Alice = "alice";

    /// <summary>Who has the verb <c>approve</c>.</summary>
    public const string Reviewer = "rita";

    private readonly CancellationTokenSource _stop = new();
    private readonly X509Certificate2 _certificate;
    private readonly X509Certificate2 _authority;
    private Task _reading = Task.CompletedTask;

    private AdmissionFixture(FakeApiServer api)
    {
        Api = api;
        var authority = CertificateFactory.MakeAuthority(DateTimeOffset.UtcNow, TimeSpan.FromHours(1));
        _authority = authority.Load();
        _certificate = CertificateFactory.MakeServing(authority, ["127.0.0.1"], DateTimeOffset.UtcNow, TimeSpan.FromHours(1)).LoadWithKey();
        Client = new KubernetesClient(KubernetesClientConfiguration.ForAddress(api.Address));
        Caches = new OperatorCaches(Client, new ApiDiscovery(Client, TimeProvider.System, NullLogger.Instance), TimeProvider.System, NullLogger.Instance);
        var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, chain, _) =>
            {
                chain!.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
                chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
                chain.ChainPolicy.CustomTrustStore.Add(_authority);
                return chain.Build(certificate!) && certificate!.MatchesHostname("127.0.0.1");
            },
        };
        Http = new HttpClient(handler);
    }

    public FakeApiServer Api { get; }

    public KubernetesClient Client { get; }

    public OperatorCaches Caches { get; }

    public HttpClient Http { get; }

    public FakeClock Clock { get; } = new();

    public WebhookServer Server { get; private set; } = null!;

    public OperatorConfiguration Current { get; set; } = new() { Images = new() { AllowedRegistries = ["ghcr.io/acme"] } };

    ReadOnlyMemory<byte>? IDecisionKey.Current => Key;

    /// <summary>The key with which decisions are sealed.</summary>
    public byte[] Key { get; } = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    public event Action? Changed { add { } remove { } }

    /// <summary>What a look at a signature finds.</summary>
    public Func<CancellationToken, Task<SignatureFinding?>> Finding { get; set; } = _ => Task.FromResult<SignatureFinding?>(null);

    /// <summary>How often somebody looked.</summary>
    public int Looks { get; private set; }

    public static async Task<AdmissionFixture> StartAsync()
    {
        var api = await FakeApiServer.StartAsync();
        api.Store.Serve(ResourceType.Of<MCPServer>(), ResourceType.Of<MCPToolConfig>(), ResourceType.Of<MCPAccessGrant>(), ResourceType.Of<MCPAgentSession>(), ResourceType.Of<V1ControllerRevision>());
        api.Store.Answer(ResourceType.Of<V1SubjectAccessReview>(), question =>
        {
            question["status"] = new JsonObject { ["allowed"] = (string?)question["spec"]!["user"] == Reviewer };
            return question;
        });
        api.Store.Put(new V1Namespace { Metadata = new() { Name = Namespace } });
        var fixture = new AdmissionFixture(api);
        fixture._reading = fixture.Caches.RunAsync(fixture._stop.Token);
        var reviewers = Reviewers.All(fixture.Caches, fixture.Client, fixture, fixture, fixture, fixture.Clock);
        fixture.Server = await WebhookServer.StartAsync(new(IPAddress.Loopback, 0), () => fixture._certificate, reviewers, fixture.Clock, NullLogger.Instance);
        return fixture;
    }

    public Task<SignatureFinding?> FindAsync(Review<MCPServer> review, CancellationToken ct)
    {
        Looks++;
        return Finding(ct);
    }

    /// <summary>Puts an object into the cluster, and waits until the webhooks know of it.</summary>
    public async Task PutAsync(KubernetesEntity entity)
    {
        Api.Store.Put(entity);
        var key = new NamespacedName(entity.Metadata.NamespaceProperty ?? "", entity.Metadata.Name);
        await Eventually.Holds(() => entity switch
        {
            MCPServer => Caches.Servers.Get(key) is not null,
            MCPToolConfig => Caches.ToolConfigs.Get(key) is not null,
            V1Namespace ns => Caches.Namespaces.Get(key)?.Metadata.DeletionTimestamp == ns.Metadata.DeletionTimestamp,
            _ => true,
        });
    }

    public static MCPServer MakeServer(string name = "weather", string image = Image) =>
        new() { Metadata = new() { Name = name, NamespaceProperty = Namespace }, Spec = new() { Image = image } };

    /// <summary>A question, as an API server puts it.</summary>
    public static JsonObject Question(string operation, KubernetesEntity? item, KubernetesEntity? old = null, string kind = "MCPServer", string user = Alice) => new()
    {
        ["apiVersion"] = "admission.k8s.io/v1",
        ["kind"] = "AdmissionReview",
        ["request"] = new JsonObject
        {
            ["uid"] = "705ab4f5-6393-11e8-b7cc-42010a800002",
            ["kind"] = new JsonObject { ["group"] = "mcpoperator.io", ["version"] = "v1alpha1", ["kind"] = kind },
            ["resource"] = new JsonObject { ["group"] = "mcpoperator.io", ["version"] = "v1alpha1", ["resource"] = kind.ToLowerInvariant() + "s" },
            ["name"] = (item ?? old)!.Metadata.Name,
            ["namespace"] = Namespace,
            ["operation"] = operation,
            ["userInfo"] = new JsonObject { ["username"] = user, ["groups"] = new JsonArray("system:authenticated") },
            ["object"] = item is null ? null : KubernetesJson.SerializeToNode(item),
            ["oldObject"] = old is null ? null : KubernetesJson.SerializeToNode(old),
            ["dryRun"] = false,
            ["options"] = new JsonObject { ["kind"] = operation[0] + operation[1..].ToLowerInvariant() + "Options" },
        },
    };

    public Task<Answer> ValidateAsync(JsonObject question, string kind = "mcpserver") => PostAsync("/validate/" + kind, question.ToJsonString());

    public Task<Answer> MutateAsync(JsonObject question, string kind = "mcpserver") => PostAsync("/mutate/" + kind, question.ToJsonString());

    public async Task<Answer> PostAsync(string path, string body, string contentType = "application/json")
    {
        using var content = new StringContent(body, Encoding.UTF8, contentType);
        using var response = await Http.PostAsync(new Uri($"https://127.0.0.1:{Server.Port}{path}"), content);
        return new(response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Http.Dispose();
        await Server.DisposeAsync();
        await _reading;
        Client.Dispose();
        await Api.DisposeAsync();
        _certificate.Dispose();
        _authority.Dispose();
        _stop.Dispose();
    }
}
