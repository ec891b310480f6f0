using System.Diagnostics;
using System.Security.Cryptography;
using McpOperator.Api.Configuration;
using McpOperator.Signatures.Crypto;
using McpOperator.Signatures.Verification;
using McpOperator.TestKit;

namespace McpOperator.Signatures.Tests;

public sealed class KeyTests
{
    private static readonly byte[] Message = "message"u8.ToArray();

    [TestCase("256", "SHA256")]
    [TestCase("384", "SHA384")]
    [TestCase("384", "SHA256")]
    public void Ecdsa_keys_verify(string curve, string hash)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName("nistP" + curve));
        Check(key.ExportSubjectPublicKeyInfoPem(), key.Sign(Message, new HashAlgorithmName(hash)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Rsa_keys_verify(bool pss)
    {
        using var key = RSA.Create(2048);
        Check(key.ExportSubjectPublicKeyInfoPem(), key.SignData(Message, HashAlgorithmName.SHA256, pss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1));
    }

    /// <summary>RFC 8032 §7.1, test 3.</summary>
    [Test]
    public void Ed25519_keys_verify()
    {
        var key = Convert.FromHexString("302a300506032b6570032100" + "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
        var signature = Convert.FromHexString("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
        var loaded = VerificationKey.FromSpki(key);
        loaded.Verify([0xaf, 0x82], signature).Should().BeTrue();
        loaded.Verify([0xaf, 0x83], signature).Should().BeFalse();
        signature[5] ^= 1;
        loaded.Verify([0xaf, 0x82], signature).Should().BeFalse();
        loaded.Verify([0xaf, 0x82], [1, 2]).Should().BeFalse();
    }

    [Test]
    public void Weak_strange_and_private_keys_are_refused()
    {
        using var weak = RSA.Create(1024);
        using var big = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        using var other = ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1);
        using var good = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var pem in new[] { weak.ExportSubjectPublicKeyInfoPem(), big.ExportSubjectPublicKeyInfoPem(), other.ExportSubjectPublicKeyInfoPem(), good.ExportPkcs8PrivateKeyPem(), "", "junk", good.ExportSubjectPublicKeyInfoPem() + "\nmore" })
        {
            FluentActions.Invoking(() => VerificationKey.FromPem(pem)).Should().Throw<FormatException>();
        }
    }

    [TestCase("^https://github.com/acme/.*$", "https://github.com/acme/x", true)]
    [TestCase("^https://github.com/acme/.*$", "https://evil/https://github.com/acme/x", false)]
    [TestCase("^a|b$", "xb", false)]
    [TestCase("^a|b$", "ax", false)]
    [TestCase("^a|b$", "b", true)]
    [TestCase("^abc$", "abc\n", false)]
    public void Patterns_match_the_whole(string pattern, string text, bool matches) => IdentityMatcher.Anchored(pattern).IsMatch(text).Should().Be(matches);

    [TestCase("abc")]
    [TestCase("^abc")]
    [TestCase("abc$")]
    [TestCase(@"^abc\$")]
    [TestCase("^(?=a)b$")]
    [TestCase("^$")]
    [TestCase("^a)(b$")]
    [TestCase("^a)|(?:b$")]
    [TestCase("^a(?x)#$")]
    public void Patterns_that_are_not_anchored_or_not_linear_are_refused(string pattern) =>
        FluentActions.Invoking(() => IdentityMatcher.Anchored(pattern)).Should().Throw<FormatException>();

    [Test]
    public void A_pattern_takes_linear_time()
    {
        var watch = Stopwatch.StartNew();
        IdentityMatcher.Anchored("^(a+)+$").IsMatch(new string('a', 10_000) + "b").Should().BeFalse();
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(2));
    }

    [Test]
    public void Settings_are_checked_field_by_field()
    {
        var settings = new SignatureSettings
        {
            Signers =
            [
                new ImageSigner { Name = "a", PublicKey = "junk" },
                new ImageSigner { Name = "a" },
                new ImageSigner { Name = "", Keyless = new KeylessSigner { Issuer = "i", IssuerRegex = "^i$", IdentityRegex = "open" } },
            ],
            TimeoutSeconds = 9,
            BadForSeconds = 61,
            GoodForSeconds = -1,
            MaxSignatures = 0,
        };
        SignatureVerifier.Check(settings).Select(p => p.Path).Should().Equal(
            "signers[0].publicKey", "signers[1]", "signers[2].name", "signers[2].keyless.issuer", "signers[2].keyless.identityRegex",
            "signers", "trustedRoot", "timeoutSeconds", "goodForSeconds", "badForSeconds", "maxSignatures");
    }

    private static void Check(string pem, byte[] signature)
    {
        var key = VerificationKey.FromPem(pem);
        key.Verify(Message, signature).Should().BeTrue();
        key.Verify([.. Message, 0], signature).Should().BeFalse();
        key.Verify(Message, [.. signature[..^1], (byte)(signature[^1] ^ 1)]).Should().BeFalse();
        key.Verify(Message, []).Should().BeFalse();
        key.Verify(Message, [0x30, 0x80, 1]).Should().BeFalse();
    }
}
