using System.Diagnostics;
using McpOperator.Admission.Images;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.TestKit;

namespace McpOperator.Signatures.Tests;

/// <summary>Real signatures by real cosign in a real registry, and cosign's own opinion of each beside ours.</summary>
public sealed class CosignTests : IDisposable
{
    private const string Repository = "team/server";
    private SigningTools _tools = null!;
    private string _publicKey = "";
    private string _otherKey = "";

    [OneTimeSetUp]
    public void Start()
    {
        if (SigningTools.TryStart(out var why) is not { } tools)
        {
            Assert.Ignore(why);
            return;
        }

        _tools = tools;
        _publicKey = _tools.MakeKey("release");
        _otherKey = _tools.MakeKey("other");
    }

    /// <summary>NUnit calls it when all tests have run.</summary>
    public void Dispose() => _tools?.Dispose();

    [TestCase("cosign-2")]
    [TestCase("cosign-3")]
    public void Agrees_with_cosign_and_asks_the_registry_no_more_than_it(string cosign)
    {
        var digest = _tools.Push(Repository, "good-" + cosign);
        _tools.Sign(cosign, Reference(digest), "release");
        var (theirs, theirRequests, theirTime) = Count(() => _tools.Try(cosign, _tools.Verify(Reference(digest), "release")).Code == 0);
        theirs.Should().BeTrue();

        SignatureVerdict? verdict = null;
        using var verifier = new SignatureVerifier(TimeProvider.System);
        var (_, ourRequests, ourTime) = Count(() => (verdict = VerifyAsync(verifier, digest).GetAwaiter().GetResult()).IsVerified);
        verdict!.Reason.Should().Be(Reasons.SignatureVerified, verdict.Message);
        TestContext.Progress.WriteLine($"{cosign}: cosign verify {theirRequests} requests, {theirTime.TotalMilliseconds:0} ms; ours {ourRequests} requests, {ourTime.TotalMilliseconds:0} ms");
        ourRequests.Should().BeLessThanOrEqualTo(theirRequests);
    }

    [TestCase("cosign-2")]
    [TestCase("cosign-3")]
    public async Task Refuses_what_cosign_refuses(string cosign)
    {
        var unsigned = _tools.Push(Repository, "unsigned-" + cosign);
        _tools.Try(cosign, _tools.Verify(Reference(unsigned), "release")).Code.Should().NotBe(0);
        (await VerifyAsync(unsigned)).Reason.Should().Be(Reasons.SignatureMissing);

        var foreign = _tools.Push(Repository, "foreign-" + cosign);
        _tools.Sign(cosign, Reference(foreign), "other");
        _tools.Try(cosign, _tools.Verify(Reference(foreign), "release")).Code.Should().NotBe(0);
        (await VerifyAsync(foreign)).Reason.Should().Be(Reasons.SignerNotTrusted);
    }

    [Test]
    public async Task Refuses_an_attestation_which_cosign_takes_for_a_signature()
    {
        var digest = _tools.Push(Repository, "attested");
        _tools.Attest(Reference(digest), "release");
        var verdict = await VerifyAsync(digest);
        verdict.Reason.Should().Be(Reasons.SignatureInvalid);
        verdict.Message.Should().Contain("predicateType");
        TestContext.Progress.WriteLine($"cosign-3 verify of an attestation alone ends with {_tools.Try("cosign-3", _tools.Verify(Reference(digest), "release")).Code}");
    }

    [Test]
    public async Task Both_layouts_at_once_serve_signers_who_must_all_sign()
    {
        var digest = _tools.Push(Repository, "both");
        _tools.Sign("cosign-2", Reference(digest), "release");
        _tools.Sign("cosign-3", Reference(digest), "other");
        using var verifier = new SignatureVerifier(TimeProvider.System);
        var settings = Settings with { Require = SignerRequirement.All, Signers = [.. Settings.Signers, new ImageSigner { Name = "other", PublicKey = _otherKey }] };
        var verdict = await verifier.VerifyAsync(new SignatureRequest { Image = ImageReference.TryParse(Reference(digest))!, Registries = Registries, Settings = settings }, CancellationToken.None);
        verdict.Signers.Should().Equal(["release", "other"], verdict.Message);
    }

    /// <summary>What FakeSigstore makes is real enough for cosign, so that what we say about it means something.</summary>
    [Test]
    public async Task Agrees_with_cosign_about_a_keyless_signature_with_all_its_proofs()
    {
        using var sigstore = new FakeSigstore();
        await File.WriteAllTextAsync(_tools.Below("trusted_root.json"), sigstore.TrustedRoot());
        var digest = _tools.Push(Repository, "keyless");
        using var leaf = sigstore.Leaf(sigstore.CertificateLogKey);
        var payload = Signing.Payload(digest);
        var signature = sigstore.LeafKey.Sign(payload);
        using var push = new Push(_tools.Host, Repository);
        await push.SignLegacyAsync(digest, payload, signature, new Dictionary<string, string>
        {
            ["dev.sigstore.cosign/certificate"] = leaf.ExportCertificatePem(),
            ["dev.sigstore.cosign/bundle"] = sigstore.Annotation(FakeSigstore.HashedBody(payload, signature, leaf.ExportCertificatePem())),
        });

        string[] verify = ["verify", "--trusted-root", _tools.Below("trusted_root.json"), "--new-bundle-format=false", "--certificate-oidc-issuer", FakeSigstore.Issuer, "--allow-http-registry"];
        var (code, output) = _tools.Try("cosign-3", [.. verify, "--certificate-identity", FakeSigstore.Identity, Reference(digest)]);
        code.Should().Be(0, output);
        _tools.Try("cosign-3", [.. verify, "--certificate-identity", "https://other.example.com/", Reference(digest)]).Code.Should().NotBe(0);

        var keyless = Settings with { RequireTransparencyLog = true, TrustedRoot = _tools.Below("trusted_root.json"), Signers = [new ImageSigner { Name = "ci", Keyless = new KeylessSigner { Issuer = FakeSigstore.Issuer, Identity = FakeSigstore.Identity } }] };
        using var verifier = new SignatureVerifier(TimeProvider.System);
        var verdict = await verifier.VerifyAsync(new SignatureRequest { Image = ImageReference.TryParse(Reference(digest))!, Registries = Registries, Settings = keyless }, CancellationToken.None);
        verdict.Reason.Should().Be(Reasons.SignatureVerified, verdict.Message);
    }

    private SignatureSettings Settings => new()
    {
        Signers = [new ImageSigner { Name = "release", PublicKey = _publicKey }],
        RequireTransparencyLog = false,
    };

    private RegistrySettings Registries => new() { Insecure = [_tools.Host] };

    private string Reference(string digest) => $"{_tools.Host}/{Repository}@{digest}";

    private async Task<SignatureVerdict> VerifyAsync(string digest)
    {
        using var verifier = new SignatureVerifier(TimeProvider.System);
        return await VerifyAsync(verifier, digest);
    }

    private Task<SignatureVerdict> VerifyAsync(SignatureVerifier verifier, string digest) =>
        verifier.VerifyAsync(new SignatureRequest { Image = ImageReference.TryParse(Reference(digest))!, Registries = Registries, Settings = Settings }, CancellationToken.None);

    private (bool Good, int Requests, TimeSpan Time) Count(Func<bool> verify)
    {
        var before = _tools.Requests;
        var watch = Stopwatch.StartNew();
        var good = verify();
        var took = watch.Elapsed;
        return (good, _tools.Requests - before, took);
    }
}
