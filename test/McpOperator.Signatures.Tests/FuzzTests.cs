using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using McpOperator.Admission.Images;
using McpOperator.Signatures.Crypto;
using McpOperator.Signatures.Formats;
using McpOperator.Signatures.Keyless;
using McpOperator.Signatures.Registry;
using McpOperator.Signatures.Verification;
using McpOperator.TestKit;

namespace McpOperator.Signatures.Tests;

/// <summary>Parsers of what strangers write in a registry meet mutated inputs, as <see cref="Fuzz"/> says.</summary>
public sealed class FuzzTests
{
    private const string Digest = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

    [Test]
    public void Image_names()
    {
        string[] seeds = [$"ghcr.io/acme/x:v1@{Digest}", "localhost:5000/a/b_c__d-e", "nginx", "[::1]:5000/x:latest", "UPPER.example/x", "a/b/c@sha512:" + new string('0', 128)];
        Fuzz.Run(seeds.Select(Encoding.UTF8.GetBytes), input =>
        {
            if (ImageReference.TryParse(Encoding.UTF8.GetString(input)) is not { } image)
            {
                return;
            }

            // Whatever is accepted reads back as itself, and makes an address that leads to its own host and repository.
            if (ImageReference.TryParse(image.ToString()) != image)
            {
                throw new InvalidOperationException($"'{image}' does not read back as itself");
            }

            Uri root;
            try
            {
                root = new RegistryEndpoint(image, new()).Root;
            }
            catch (RegistryException) // port 99999, or [::::]
            {
                return;
            }

            if (root.Scheme != "https" || !root.AbsolutePath.EndsWith($"/{image.Repository}/", StringComparison.Ordinal) || root.UserInfo.Length > 0 || root.Query.Length > 0)
            {
                throw new InvalidOperationException($"'{image}' leads to {root}");
            }
        });
    }

    [Test]
    public void Bundles()
    {
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var sigstore = new FakeSigstore();
        var statement = Signing.Statement(Digest);
        var signed = Signing.Pae(statement);
        var signature = signer.Sign(signed);
        var entry = sigstore.Entry(FakeSigstore.DsseBody(statement, signature, signer.ExportSubjectPublicKeyInfoPem()));
        var material = new { publicKey = new { hint = "AAAA" }, tlogEntries = new[] { entry } };
        var policy = Policy(signer, TrustedRoot.Parse(Encoding.UTF8.GetBytes(sigstore.TrustedRoot())));
        var other = Signing.Statement(Digest.Replace('1', '2'));
        Fuzz.Run([Signing.Bundle(statement, signature, material), Signing.Bundle(other, signer.Sign(Signing.Pae(other)), material)], input =>
        {
            var candidate = BundleLayout.Read(input);
            if (BundleLayout.CheckClaim(candidate, Digest) is null && SignatureJudge.Judge(candidate, policy, []).Count > 0 && !candidate.Signed.AsSpan().SequenceEqual(signed))
            {
                throw new InvalidOperationException("accepted what was not signed");
            }
        });
    }

    [Test]
    public void Statements_and_envelopes()
    {
        var statement = Signing.Statement(Digest);
        Fuzz.Run([statement, Signing.Bundle(statement, [1, 2, 3])], input =>
        {
            _ = StrictJson.Read(input, root => root.TryGetProperty("dsseEnvelope", out var envelope) ? DsseEnvelope.Parse(envelope) : null);
            _ = Statement.Parse(input);
        });
    }

    [Test]
    public void Older_payloads()
    {
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var payload = Signing.Payload(Digest);
        var other = Signing.Payload(Digest.Replace('1', '2'));
        var policy = Policy(signer, null);
        var signature = signer.Sign(payload);
        Fuzz.Run([payload, other], input =>
        {
            var candidate = new SignatureCandidate { Signed = input, Signature = signature };
            if (LegacyLayout.CheckClaim(candidate, Digest) is null && SignatureJudge.Judge(candidate, policy, []).Count > 0 && !input.AsSpan().SequenceEqual(payload))
            {
                throw new InvalidOperationException("accepted what was not signed");
            }
        });
    }

    [Test]
    public void Manifests_annotations_and_pull_secrets()
    {
        using var sigstore = new FakeSigstore();
        using var leaf = sigstore.Leaf(sigstore.CertificateLogKey);
        var annotations = new Dictionary<string, string> { ["dev.sigstore.cosign/bundle"] = sigstore.Annotation("{}"u8.ToArray()), ["dev.sigstore.cosign/certificate"] = leaf.ExportCertificatePem(), ["dev.sigstore.cosign/rfc3161timestamp"] = "{\"SignedRFC3161Timestamp\":\"AAAA\"}" };
        byte[][] seeds =
        [
            JsonSerializer.SerializeToUtf8Bytes(Signing.LegacyManifest(Signing.Layer(Digest, [1, 2], annotations))),
            JsonSerializer.SerializeToUtf8Bytes(Signing.BundleManifest(Digest, Digest)),
            "{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"dTpw\"},\"*.example.com:5000/a\":{\"username\":\"u\",\"password\":\"p\"}}}"u8.ToArray(),
        ];
        var image = ImageReference.TryParse("a.example.com:5000/a/b@" + Digest)!;
        Fuzz.Run(seeds, input =>
        {
            foreach (var layer in SignatureManifest.Parse(input, "layers").Layers)
            {
                _ = LegacyLayout.Read(layer, []);
            }

            _ = RegistryCredentials.FromDockerConfigJson(input).For(image);
        });
    }

    [Test]
    public void Images_and_their_configurations()
    {
        byte[][] seeds =
        [
            JsonSerializer.SerializeToUtf8Bytes(new { schemaVersion = 2, config = new { digest = Digest }, layers = new[] { new { digest = Digest } } }),
            JsonSerializer.SerializeToUtf8Bytes(new { schemaVersion = 2, manifests = new[] { new { digest = Digest, platform = new { os = "linux", architecture = "amd64" } } } }),
            "{\"os\":\"linux\",\"config\":{\"Entrypoint\":[\"/app/server\",\"-x\"],\"Cmd\":[\"a\"],\"Env\":[\"A=b\"]}}"u8.ToArray(),
        ];
        Fuzz.Run(seeds, input =>
        {
            var command = ImageConfig.Parse(input);
            if (command.Entrypoint.Concat(command.Cmd).Any(word => word.Contains('\0', StringComparison.Ordinal)))
            {
                throw new InvalidOperationException("accepted a word that no program can be given");
            }

            _ = ImageManifest.Parse(input);
        });
    }

    [Test]
    public void Certificates_checkpoints_and_challenges()
    {
        using var sigstore = new FakeSigstore();
        using var leaf = sigstore.Leaf(sigstore.CertificateLogKey);
        var root = TrustedRoot.Parse(Encoding.UTF8.GetBytes(sigstore.TrustedRoot()));
        var key = VerificationKey.FromSpki(sigstore.LogKey.ExportSubjectPublicKeyInfo());
        byte[][] seeds = [leaf.RawData, sigstore.Timestamp([1, 2, 3]), "a\n5\nAAAA\n\n\u2014 a AAAAAAAA\n"u8.ToArray(), "Bearer realm=\"https://a/t\",service=\"s\""u8.ToArray()];
        Fuzz.Run(
            seeds,
            input =>
            {
                _ = AuthChallenge.TryParse(Encoding.UTF8.GetString(input));
                Refused(() => Checkpoint.Open(Encoding.UTF8.GetString(input), key), mustRefuse: true);
                Refused(() => TimestampProof.Check(input, [9], root), mustRefuse: true);
                Refused(() =>
                {
                    using var certificate = FulcioCertificate.Load(input);
                    FulcioCertificate.Check(certificate, [sigstore.Now], root);
                    if (CertificateIdentity.Of(certificate) is var identity && (identity.Subject != FakeSigstore.Identity || identity.Issuer != FakeSigstore.Issuer))
                    {
                        throw new InvalidOperationException($"accepted {identity}");
                    }
                });
            },
            share: 20); // each of these is slow, by OpenSSL
    }

    private static void Refused(Action check, bool mustRefuse = false)
    {
        try
        {
            check();
        }
        catch (Exception e) when (e is ProofException or CryptographicException)
        {
            return;
        }

        if (mustRefuse)
        {
            throw new InvalidOperationException("accepted what nobody signed");
        }
    }

    private static SignaturePolicy Policy(ECDsa key, TrustedRoot? root) => new([new Signer("x", VerificationKey.FromSpki(key.ExportSubjectPublicKeyInfo()), null)], false, root is not null, root);
}
