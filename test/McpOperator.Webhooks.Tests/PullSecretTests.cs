using System.Text;
using McpOperator.Admission;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Signatures;
using McpOperator.TestKit;

namespace McpOperator.Webhooks.Tests;

/// <summary>Whose pull secrets registries are shown, and how often they are read.</summary>
public sealed class PullSecretTests
{
    private const string Ns = "team-a";

    private FakeApiServer _api = null!;
    private KubernetesClient _client = null!;

    [SetUp]
    public async Task Start()
    {
        _api = await FakeApiServer.StartAsync();
        _api.Store.Serve(ResourceType.Of<V1Secret>(), ResourceType.Of<V1ServiceAccount>());
        _client = new KubernetesClient(KubernetesClientConfiguration.ForAddress(_api.Address));
        foreach (var name in new[] { "own", "accounts", "default" })
        {
            PutSecret(name, "kubernetes.io/dockerconfigjson");
        }

        PutAccount("runner", "accounts");
        PutAccount("default", "default");
    }

    [TearDown]
    public async Task Stop()
    {
        _client.Dispose();
        await _api.DisposeAsync();
    }

    [TestCase("own", "runner", "own", Description = "Kubernetes takes a ServiceAccount's only where the pod names none")]
    [TestCase(null, "runner", "accounts")]
    [TestCase(null, null, "", Description = "the server's own ServiceAccount has none; the namespace's default one is not its pod's")]
    [TestCase(null, "nobody", "")]
    [TestCase("nothing", "runner", "")]
    public async Task Those_of_the_pod_are_read(string? named, string? account, string expected)
    {
        await new PullSecrets(_client).ReadAsync(Server(named, account), CancellationToken.None);
        SecretsRead.Should().Equal(named == "nothing" ? ["nothing"] : expected.Length == 0 ? [] : new[] { expected });
    }

    [Test]
    public async Task Those_that_were_added_to_the_server_s_own_account_count()
    {
        PutAccount("weather-mcp", "accounts");
        (await new PullSecrets(_client).ReadAsync(Server(null, null), CancellationToken.None)).ToString().Should().Be("1 credentials");
    }

    [Test]
    public async Task Another_kind_of_secret_is_shown_to_nobody()
    {
        PutSecret("password", "Opaque");
        (await new PullSecrets(_client).ReadAsync(Server("password", null), CancellationToken.None)).ToString().Should().Be("0 credentials");
    }

    [Test]
    public async Task A_verdict_that_is_known_needs_no_secret()
    {
        await using var registry = new FakeRegistry();
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var digest = "sha256:" + new string('1', 64);
        registry.SignLegacy(digest, key);
        using var verifier = new SignatureVerifier(TimeProvider.System);
        var signatures = new ClusterSignatures(verifier, new PullSecrets(_client));
        var server = Server("own", null) with { Spec = new() { Image = $"{registry.Host}/{FakeRegistry.Repository}@{digest}", ImagePullSecrets = [new() { Name = "own" }] } };
        var review = new Review<MCPServer>(server, Ns, new()
        {
            Images = new()
            {
                AllowedRegistries = [registry.Host],
                Registries = new() { Insecure = [registry.Host] },
                Signatures = new() { RequireTransparencyLog = false, Signers = [new ImageSigner { Name = "release", PublicKey = key.ExportSubjectPublicKeyInfoPem() }] },
            },
        });

        (await signatures.FindAsync(review, CancellationToken.None))!.Effect.Should().Be(SignatureEffect.Accept);
        SecretsRead.Should().Equal("own");
        (await signatures.FindAsync(review, CancellationToken.None))!.Effect.Should().Be(SignatureEffect.Accept);
        SecretsRead.Should().Equal(["own"], "the second pass reads none");
    }

    private IEnumerable<string> SecretsRead => _api.Requests.Where(r => r.Resource == "secrets").Select(r => r.Name!);

    private static MCPServer Server(string? secret, string? account)
    {
        var server = AdmissionFixture.MakeServer();
        return server with { Spec = server.Spec with { ImagePullSecrets = secret is null ? null : [new() { Name = secret }], ServiceAccountName = account } };
    }

    private void PutSecret(string name, string type) => _api.Store.Put(new V1Secret
    {
        Metadata = new() { Name = name, NamespaceProperty = Ns },
        Type = type,
        Data = new Dictionary<string, byte[]> { [".dockerconfigjson"] = Encoding.UTF8.GetBytes("""{"auths": {"ghcr.io": {"username": "u", "password": "p"}}}""") },
    });

    private void PutAccount(string name, string secret) =>
        _api.Store.Put(new V1ServiceAccount { Metadata = new() { Name = name, NamespaceProperty = Ns }, ImagePullSecrets = [new() { Name = secret }] });
}
