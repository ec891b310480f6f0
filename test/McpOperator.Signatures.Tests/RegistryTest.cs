using System.Security.Cryptography;
using McpOperator.Admission.Images;
using McpOperator.Api.Configuration;
using McpOperator.TestKit;

namespace McpOperator.Signatures.Tests;

/// <summary>A registry, a verifier, a key that is trusted and one that is not, for one test.</summary>
[Parallelizable(ParallelScope.None)]
public abstract class RegistryTest
{
    protected const string Image = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
    protected const string OtherImage = "sha256:2222222222222222222222222222222222222222222222222222222222222222";

    private protected FakeRegistry Registry { get; private set; } = null!;

    private protected SignatureVerifier Verifier { get; private set; } = null!;

    private protected ECDsa Key { get; private set; } = null!;

    private protected ECDsa Stranger { get; private set; } = null!;

    private protected SignatureSettings Settings { get; set; } = null!;

    private protected RegistrySettings Registries { get; set; } = null!;

    [SetUp]
    public void Start()
    {
        Registry = new FakeRegistry();
        Verifier = new SignatureVerifier(TimeProvider.System);
        Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Registries = new RegistrySettings { Insecure = [Registry.Host] };
        Settings = new SignatureSettings
        {
            Signers = [new ImageSigner { Name = "release", PublicKey = Key.ExportSubjectPublicKeyInfoPem() }],
            RequireTransparencyLog = false,
            BadForSeconds = 0,
        };
    }

    [TearDown]
    public async Task Stop()
    {
        Verifier.Dispose();
        await Registry.DisposeAsync();
        Key.Dispose();
        Stranger.Dispose();
    }

    private protected Task<SignatureVerdict> VerifyAsync(string digest = Image, RegistryCredentials? credentials = null, string? host = null) =>
        Verifier.VerifyAsync(Request(digest, host) with { Credentials = _ => Task.FromResult(credentials ?? RegistryCredentials.None) }, CancellationToken.None);

    private protected SignatureRequest Request(string digest = Image, string? host = null) => new()
    {
        Image = ImageReference.TryParse($"{host ?? Registry.Host}/{FakeRegistry.Repository}@{digest}")!,
        Settings = Settings,
        Registries = Registries,
    };
}
