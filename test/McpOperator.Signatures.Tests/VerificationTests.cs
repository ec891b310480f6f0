using System.Security.Cryptography;
using System.Text;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.TestKit;

namespace McpOperator.Signatures.Tests;

public sealed class VerificationTests : RegistryTest
{
    [Test]
    public async Task Accepts_the_older_layout()
    {
        Registry.SignLegacy(Image, Key);
        var verdict = await VerifyAsync();
        verdict.Reason.Should().Be(Reasons.SignatureVerified, verdict.Message);
        verdict.Signers.Should().Equal("release");
        Registry.Requests.Should().HaveCount(2);
    }

    [TestCase(true, 4)]
    [TestCase(false, 5)]
    public async Task Accepts_the_newer_layout(bool hasReferrers, int requests)
    {
        Registry.Referrers = hasReferrers ? [] : null;
        Registry.SignBundle(Image, Key);
        var verdict = await VerifyAsync();
        verdict.Reason.Should().Be(Reasons.SignatureVerified, verdict.Message);
        Registry.Requests.Should().HaveCount(requests);
    }

    [Test]
    public async Task Reads_all_pages_of_referrers()
    {
        Registry.Referrers = [];
        Registry.PageSize = 2;
        for (var i = 0; i < 5; i++)
        {
            Registry.SignBundle(Image, Stranger);
        }

        Registry.SignBundle(Image, Key);
        (await VerifyAsync()).Reason.Should().Be(Reasons.SignatureVerified);
    }

    [Test]
    public async Task An_unsigned_image_is_refused()
    {
        var verdict = await VerifyAsync();
        verdict.Reason.Should().Be(Reasons.SignatureMissing);
        verdict.Message.Should().Contain("cosign sign").And.Contain("release");
        verdict.MustRefuse.Should().BeTrue();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_strangers_signature_is_refused(bool legacy)
    {
        Sign(legacy, Image, Stranger);
        (await VerifyAsync()).Reason.Should().Be(Reasons.SignerNotTrusted);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_signature_of_another_image_is_refused(bool legacy)
    {
        Sign(legacy, OtherImage, Key);
        var tag = legacy ? Signing.LegacyTag(Image) : Signing.FallbackTag(Image);
        Registry.Content[tag] = Registry.Content[legacy ? Signing.LegacyTag(OtherImage) : Signing.FallbackTag(OtherImage)];
        (await VerifyAsync()).Reason.Should().Be(Reasons.SignatureInvalid);
    }

    [Test]
    public async Task A_bundle_of_another_image_in_a_manifest_about_this_one_is_refused()
    {
        var statement = Signing.Statement(OtherImage);
        Registry.Refer(Image, Signing.Bundle(statement, Key.Sign(Signing.Pae(statement))));
        var verdict = await VerifyAsync();
        verdict.Reason.Should().Be(Reasons.SignatureInvalid);
        verdict.Message.Should().Contain("another image");
    }

    [Test]
    public async Task A_payload_that_was_changed_is_refused()
    {
        var payload = Signing.Payload(Image);
        Registry.Put(Signing.LegacyManifest(Signing.Layer(Registry.Put([.. payload, (byte)' ']), Key.Sign(payload))), Signing.LegacyTag(Image));
        (await VerifyAsync()).Reason.Should().Be(Reasons.SignerNotTrusted);
    }

    [Test]
    public async Task A_bundle_that_was_changed_is_told_from_a_strangers()
    {
        var hint = Convert.ToBase64String(SHA256.HashData(Key.ExportSubjectPublicKeyInfo()));
        Registry.Refer(Image, Signing.Bundle(Signing.Statement(Image), Key.Sign(Signing.Pae(Signing.Statement(OtherImage))), hint: hint));
        var verdict = await VerifyAsync();
        verdict.Reason.Should().Be(Reasons.SignatureInvalid);
        verdict.Message.Should().Contain("was changed");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_blob_that_was_changed_is_refused(bool legacy)
    {
        Sign(legacy, Image, Key);
        foreach (var (digest, content) in Registry.Content.Where(c => c.Key.StartsWith("sha256:", StringComparison.Ordinal) && !Encoding.UTF8.GetString(c.Value).Contains("schemaVersion", StringComparison.Ordinal)))
        {
            Registry.Content[digest] = [.. content, (byte)' '];
        }

        var verdict = await VerifyAsync();
        verdict.Reason.Should().Be(Reasons.RegistryNotTrusted);
        verdict.Message.Should().Contain("changes content");
    }

    [TestCase("https://slsa.dev/provenance/v1")]
    [TestCase(null)]
    public async Task A_statement_that_is_no_signature_is_refused(string? annotation)
    {
        Registry.SignBundle(Image, Key, "https://slsa.dev/provenance/v1", annotation);
        var verdict = await VerifyAsync();
        verdict.Reason.Should().Be(Reasons.SignatureInvalid);
        verdict.Message.Should().Contain("predicateType");
    }

    [Test]
    public async Task A_statement_of_another_payload_type_is_refused()
    {
        var statement = Signing.Statement(Image);
        Registry.Refer(Image, Signing.Bundle(statement, Key.Sign(Signing.Pae(statement, "text/plain")), type: "text/plain"));
        (await VerifyAsync()).Reason.Should().Be(Reasons.SignatureInvalid);
    }

    [Test]
    public async Task A_payload_of_another_type_is_refused()
    {
        var payload = Signing.Payload(Image, "atomic container signature");
        Registry.Put(Signing.LegacyManifest(Signing.Layer(Registry.Put(payload), Key.Sign(payload))), Signing.LegacyTag(Image));
        (await VerifyAsync()).Reason.Should().Be(Reasons.SignatureInvalid);
    }

    [Test]
    public async Task A_payload_with_a_key_twice_is_refused()
    {
        var payload = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Signing.Payload(OtherImage)).Replace("\"docker-manifest-digest\":", $"\"docker-manifest-digest\":\"{Image}\",\"docker-manifest-digest\":", StringComparison.Ordinal));
        Registry.Put(Signing.LegacyManifest(Signing.Layer(Registry.Put(payload), Key.Sign(payload))), Signing.LegacyTag(Image));
        (await VerifyAsync()).Reason.Should().Be(Reasons.SignatureInvalid);
    }

    [Test]
    public async Task A_signature_manifest_without_layers_is_refused()
    {
        Registry.Put(Signing.LegacyManifest(), Signing.LegacyTag(Image));
        var verdict = await VerifyAsync();
        verdict.Reason.Should().Be(Reasons.SignatureInvalid);
        verdict.Message.Should().Contain("without layers");
    }

    [Test]
    public async Task A_signature_of_the_index_is_none_of_its_images()
    {
        Registry.SignLegacy(Image, Key);
        (await VerifyAsync(Image)).IsVerified.Should().BeTrue();
        var child = await VerifyAsync(OtherImage);
        child.Reason.Should().Be(Reasons.SignatureMissing);
        child.Message.Should().Contain("--recursive");
    }

    [Test]
    public async Task A_thousand_and_one_signatures_are_refused_unread()
    {
        Settings = Settings with { MaxSignatures = 1000 };
        var payload = Signing.Payload(Image);
        var blob = Registry.Put(payload);
        var layers = Enumerable.Range(0, 1001).Select(_ => Signing.Layer(blob, Key.Sign(payload)));
        Registry.Put(Signing.LegacyManifest(layers), Signing.LegacyTag(Image));
        var verdict = await VerifyAsync();
        verdict.Reason.Should().Be(Reasons.SignatureInvalid);
        verdict.Message.Should().Contain("1001 signatures");
        Registry.Requests.Should().HaveCount(3);
    }

    [Test]
    public async Task A_good_signature_counts_beside_bad_ones()
    {
        var payload = Signing.Payload(Image);
        var blob = Registry.Put(payload);
        Registry.Refer(Image, "{}"u8.ToArray());
        Registry.Put(Signing.LegacyManifest(Signing.Layer(blob, [1, 2, 3]), Signing.Layer(OtherImage, [1]), Signing.Layer(blob, Key.Sign(payload))), Signing.LegacyTag(Image));
        (await VerifyAsync()).Reason.Should().Be(Reasons.SignatureVerified);
    }

    [Test]
    public async Task All_signers_can_be_asked_for()
    {
        var both = Settings with { Signers = [.. Settings.Signers, new ImageSigner { Name = "security", PublicKey = Stranger.ExportSubjectPublicKeyInfoPem() }], Require = SignerRequirement.All };
        Settings = both;
        Registry.SignLegacy(Image, Key);
        var one = await VerifyAsync();
        one.Reason.Should().Be(Reasons.SignerNotTrusted);
        one.Message.Should().Contain("not by security");

        Registry.SignBundle(Image, Stranger);
        (await VerifyAsync()).Signers.Should().Equal("release", "security");
    }

    [Test]
    public async Task A_log_that_is_asked_for_and_missing_is_refused()
    {
        Registry.SignLegacy(Image, Key);
        using var folder = new Folder();
        Settings = Settings with { RequireTransparencyLog = true, TrustedRoot = folder.Write("root.json", "{}") };
        var verdict = await VerifyAsync();
        verdict.Reason.Should().Be(Reasons.SignatureInvalid);
        verdict.Message.Should().Contain("transparency log");
    }

    [Test]
    public async Task Without_signers_every_image_is_refused()
    {
        Settings = new SignatureSettings();
        var verdict = await VerifyAsync();
        verdict.Reason.Should().Be(Reasons.SignaturePolicyInvalid);
        verdict.MustRefuse.Should().BeTrue();
        Registry.Requests.Should().BeEmpty();
    }

    [Test]
    public async Task A_trusted_root_that_is_not_there_refuses_every_image()
    {
        Settings = Settings with { TrustedRoot = "/nowhere/root.json" };
        (await VerifyAsync()).Should().Match<SignatureVerdict>(v => v.Reason == Reasons.SignaturePolicyInvalid && v.Message.Contains("not there"));
    }

    [Test]
    public async Task Warn_lets_through_and_off_does_not_look()
    {
        Settings = Settings with { ModeByTenant = new Dictionary<string, SignatureMode> { ["lab"] = SignatureMode.Warn, ["toys"] = SignatureMode.Off } };
        var strict = Settings;
        Settings = strict.For("lab");
        (await VerifyAsync()).Should().Match<SignatureVerdict>(v => v.MustWarn && !v.MustRefuse && v.Reason == Reasons.SignatureMissing);
        Registry.Requests.Clear();
        Settings = strict.For("toys");
        (await VerifyAsync()).Should().Match<SignatureVerdict>(v => !v.MustWarn && !v.MustRefuse && v.Reason == Reasons.SignatureNotChecked);
        Registry.Requests.Should().BeEmpty();
        strict.For("others").Mode.Should().Be(SignatureMode.Enforce);
    }

    private void Sign(bool legacy, string digest, ECDsa key)
    {
        if (legacy)
        {
            Registry.SignLegacy(digest, key);
        }
        else
        {
            Registry.SignBundle(digest, key);
        }
    }
}
