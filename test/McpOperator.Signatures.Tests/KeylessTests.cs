using System.Security.Cryptography.X509Certificates;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.TestKit;

namespace McpOperator.Signatures.Tests;

public sealed class KeylessTests : RegistryTest, IDisposable
{
    private readonly byte[] _statement = Signing.Statement(Image);
    private FakeSigstore _sigstore = null!;
    private Folder _folder = null!;

    [SetUp]
    public void Keyless()
    {
        _sigstore = new FakeSigstore();
        _folder = new Folder();
        Settings = Settings with
        {
            RequireTransparencyLog = true,
            TrustedRoot = _folder.Write("trusted_root.json", _sigstore.TrustedRoot()),
            Signers = [new ImageSigner { Name = "ci", Keyless = new KeylessSigner { Issuer = FakeSigstore.Issuer, IdentityRegex = "^https://ci.example.com/acme/.*$" } }],
        };
    }

    [TearDown]
    public void Dispose()
    {
        _sigstore.Dispose();
        _folder.Dispose();
    }

    [TestCase(true, true, 2)]
    [TestCase(true, true, 6)]
    [TestCase(true, true, 7)]
    [TestCase(true, true, 8)]
    [TestCase(true, true, 9)]
    [TestCase(true, false, 6)]
    public async Task Accepts_a_bundle_with_all_its_proofs(bool promise, bool proof, int treeSize)
    {
        using var leaf = _sigstore.Leaf(_sigstore.CertificateLogKey);
        Bundle(leaf, body => _sigstore.Entry(body, promise: promise, proof: proof, treeSize: treeSize));
        await ExpectAsync(Reasons.SignatureVerified, "ci");
    }

    [Test]
    public async Task Accepts_the_older_layout_with_all_its_proofs()
    {
        Legacy(body => _sigstore.Annotation(body));
        await ExpectAsync(Reasons.SignatureVerified, "ci");
    }

    [Test]
    public async Task An_older_signature_whose_log_entry_is_forged_is_refused()
    {
        Legacy(body => _sigstore.Annotation(body, Stranger));
        await ExpectAsync(Reasons.SignatureInvalid, "did not sign");
    }

    [Test]
    public async Task Accepts_a_log_without_times_together_with_a_timestamp()
    {
        using var leaf = _sigstore.Leaf(_sigstore.CertificateLogKey);
        Bundle(leaf, body => _sigstore.Entry(body, promise: false), signature => _sigstore.Timestamp(signature));
        await ExpectAsync(Reasons.SignatureVerified, "ci");
    }

    [Test]
    public async Task A_timestamp_is_enough_only_where_the_log_is_not_asked_for()
    {
        using var leaf = _sigstore.Leaf(_sigstore.CertificateLogKey);
        Bundle(leaf, null, signature => _sigstore.Timestamp(signature));
        await ExpectAsync(Reasons.SignatureInvalid, "no entry in a transparency log");
        Settings = Settings with { RequireTransparencyLog = false };
        await ExpectAsync(Reasons.SignatureVerified, "ci");
    }

    [Test]
    public async Task Without_any_proof_of_time_it_is_refused()
    {
        using var leaf = _sigstore.Leaf(_sigstore.CertificateLogKey);
        Bundle(leaf, body => _sigstore.Entry(body, promise: false));
        await ExpectAsync(Reasons.SignatureInvalid, "no proof of its time");
        Settings = Settings with { RequireTransparencyLog = false };
        Bundle(leaf, null);
        await ExpectAsync(Reasons.SignatureInvalid, "no proof of its time");
    }

    [Test]
    public async Task A_timestamp_of_another_signature_or_time_is_refused()
    {
        Settings = Settings with { RequireTransparencyLog = false };
        using var leaf = _sigstore.Leaf(_sigstore.CertificateLogKey);
        Bundle(leaf, null, _ => _sigstore.Timestamp([1, 2, 3]));
        await ExpectAsync(Reasons.SignatureInvalid, "timestamp that is not of this signature");
        Bundle(leaf, null, signature => _sigstore.Timestamp(signature, _sigstore.Now.AddHours(1)));
        await ExpectAsync(Reasons.SignatureInvalid, "not valid when it signed");
        Bundle(leaf, null, _ => [1, 2, 3]);
        await ExpectAsync(Reasons.SignatureInvalid, "broken timestamp");
    }

    [Test]
    public async Task A_certificate_without_the_word_of_a_certificate_log_is_refused()
    {
        using var leaf = _sigstore.Leaf(null);
        Bundle(leaf, body => _sigstore.Entry(body));
        await ExpectAsync(Reasons.SignatureInvalid, "(SCT)");
    }

    [Test]
    public async Task A_certificate_with_the_word_of_a_stranger_is_refused()
    {
        using var leaf = _sigstore.Leaf(Stranger);
        Bundle(leaf, body => _sigstore.Entry(body));
        await ExpectAsync(Reasons.SignatureInvalid, "(SCT)");
    }

    [Test]
    public async Task A_certificate_of_a_stranger_with_the_authoritys_name_is_refused()
    {
        using var leaf = _sigstore.Leaf(_sigstore.CertificateLogKey, selfIssued: true);
        Bundle(leaf, body => _sigstore.Entry(body));
        await ExpectAsync(Reasons.SignatureInvalid, "no authority of the trusted root");
    }

    [Test]
    public async Task A_certificate_for_another_use_is_refused()
    {
        using var leaf = _sigstore.Leaf(_sigstore.CertificateLogKey, usage: "1.3.6.1.5.5.7.3.1");
        Bundle(leaf, body => _sigstore.Entry(body));
        await ExpectAsync(Reasons.SignatureInvalid, "no authority of the trusted root");
    }

    [Test]
    public async Task A_certificate_that_had_ended_is_refused()
    {
        using var leaf = _sigstore.Leaf(_sigstore.CertificateLogKey);
        Bundle(leaf, body => _sigstore.Entry(body, time: _sigstore.Now.AddMinutes(10)));
        await ExpectAsync(Reasons.SignatureInvalid, "not valid when it signed");
    }

    [TestCase("https://ci.example.com/acmeevil/x", FakeSigstore.Issuer)]
    [TestCase("https://evil.example.com/https://ci.example.com/acme/x", FakeSigstore.Issuer)]
    [TestCase(FakeSigstore.Identity, "https://issuer.example.com.evil")]
    public async Task Another_identity_or_issuer_is_refused_and_named(string identity, string issuer)
    {
        using var leaf = _sigstore.Leaf(_sigstore.CertificateLogKey, identity, issuer);
        Bundle(leaf, body => _sigstore.Entry(body));
        await ExpectAsync(Reasons.SignerNotTrusted, identity);
    }

    [Test]
    public async Task A_log_entry_that_the_log_did_not_sign_is_refused()
    {
        using var leaf = _sigstore.Leaf(_sigstore.CertificateLogKey);
        Bundle(leaf, body => _sigstore.Entry(body, Stranger, proof: false));
        await ExpectAsync(Reasons.SignatureInvalid, "did not sign");
        Bundle(leaf, body => _sigstore.Entry(body, Stranger, promise: false));
        await ExpectAsync(Reasons.SignatureInvalid, "did not sign");
    }

    [Test]
    public async Task A_log_entry_about_another_signature_payload_or_key_is_refused()
    {
        using var leaf = _sigstore.Leaf(_sigstore.CertificateLogKey);
        var pem = leaf.ExportCertificatePem();
        var signature = _sigstore.LeafKey.Sign(Signing.Pae(_statement));
        foreach (var body in new[]
        {
            FakeSigstore.DsseBody(_statement, _sigstore.LeafKey.Sign(Signing.Pae(_statement)), pem),
            FakeSigstore.DsseBody(Signing.Statement(OtherImage), signature, pem),
            FakeSigstore.DsseBody(_statement, signature, Stranger.ExportSubjectPublicKeyInfoPem()),
            FakeSigstore.HashedBody(_statement, signature, pem),
            "{}"u8.ToArray(),
        })
        {
            Bundle(leaf, _ => _sigstore.Entry(body), signature: signature);
            (await VerifyAsync()).Reason.Should().Be(Reasons.SignatureInvalid);
        }
    }

    [Test]
    public async Task A_proof_of_another_tree_is_refused()
    {
        using var leaf = _sigstore.Leaf(_sigstore.CertificateLogKey);
        Bundle(leaf, body => ((Dictionary<string, object>)_sigstore.Entry(body)).Also(e => e["inclusionProof"] = ((Dictionary<string, object>)_sigstore.Entry([.. body, (byte)' ']))["inclusionProof"]));
        await ExpectAsync(Reasons.SignatureInvalid, "does not hold");
    }

    [Test]
    public async Task A_key_may_be_asked_to_be_in_the_log()
    {
        Settings = Settings with { Signers = [new ImageSigner { Name = "release", PublicKey = Key.ExportSubjectPublicKeyInfoPem() }] };
        var signature = Key.Sign(Signing.Pae(_statement));
        var entry = _sigstore.Entry(FakeSigstore.DsseBody(_statement, signature, Key.ExportSubjectPublicKeyInfoPem()));
        Registry.Refer(Image, Signing.Bundle(_statement, signature, new { publicKey = new { hint = "" }, tlogEntries = new[] { entry } }));
        await ExpectAsync(Reasons.SignatureVerified, "release");
    }

    private async Task ExpectAsync(string reason, string told)
    {
        var verdict = await VerifyAsync();
        verdict.Reason.Should().Be(reason, verdict.Message);
        verdict.Message.Should().Contain(told);
    }

    private void Bundle(X509Certificate2 leaf, Func<byte[], object>? entry, Func<byte[], byte[]>? timestamp = null, byte[]? signature = null)
    {
        var signed = signature ?? _sigstore.LeafKey.Sign(Signing.Pae(_statement));
        var body = FakeSigstore.DsseBody(_statement, signed, leaf.ExportCertificatePem());
        Registry.Refer(Image, Signing.Bundle(_statement, signed, new
        {
            certificate = new { rawBytes = Convert.ToBase64String(leaf.RawData) },
            tlogEntries = entry is null ? [] : new[] { entry(body) },
            timestampVerificationData = new { rfc3161Timestamps = timestamp is null ? [] : new[] { new { signedTimestamp = Convert.ToBase64String(timestamp(signed)) } } },
        }));
    }

    private void Legacy(Func<byte[], string> annotation)
    {
        using var leaf = _sigstore.Leaf(_sigstore.CertificateLogKey);
        var payload = Signing.Payload(Image);
        var signature = _sigstore.LeafKey.Sign(payload);
        Registry.Put(
            Signing.LegacyManifest(Signing.Layer(Registry.Put(payload), signature, new Dictionary<string, string>
            {
                ["dev.sigstore.cosign/certificate"] = leaf.ExportCertificatePem(),
                ["dev.sigstore.cosign/bundle"] = annotation(FakeSigstore.HashedBody(payload, signature, leaf.ExportCertificatePem())),
            })),
            Signing.LegacyTag(Image));
    }
}

internal static class Objects
{
    public static T Also<T>(this T value, Action<T> change)
    {
        change(value);
        return value;
    }
}
