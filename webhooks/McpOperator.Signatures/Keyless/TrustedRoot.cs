using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using McpOperator.Signatures.Crypto;
using McpOperator.Signatures.Formats;

namespace McpOperator.Signatures.Keyless;

/// <summary>Whom to trust for certificates, logs and time: a Sigstore <c>trusted_root.json</c> (github.com/sigstore/protobuf-specs).</summary>
internal sealed record TrustedRoot(
    IReadOnlyList<TrustedLog> TransparencyLogs,
    IReadOnlyList<TrustedLog> CertificateLogs,
    IReadOnlyList<TrustedAuthority> CertificateAuthorities,
    IReadOnlyList<TrustedAuthority> TimestampAuthorities)
{
    /// <exception cref="FormatException">It is none.</exception>
    public static TrustedRoot Parse(ReadOnlyMemory<byte> text) => StrictJson.Read(text, root => new TrustedRoot(
        Logs(root, "tlogs"),
        Logs(root, "ctlogs"),
        Authorities(root, "certificateAuthorities"),
        Authorities(root, "timestampAuthorities")));

    /// <summary>A log whose key is of a kind that we do not know vouches for nothing, and the others still do.</summary>
    private static List<TrustedLog> Logs(JsonElement root, string name)
    {
        var logs = new List<TrustedLog>();
        foreach (var item in root.Items(name))
        {
            var key = item.Required("publicKey", JsonValueKind.Object);
            try
            {
                logs.Add(new TrustedLog(item.Required("logId", JsonValueKind.Object).Bytes("keyId"), VerificationKey.FromSpki(key.Bytes("rawBytes")), Validity.Parse(key)));
            }
            catch (FormatException) when (key.OptionalText("keyDetails") is not null)
            {
            }
        }

        return logs;
    }

    private static List<TrustedAuthority> Authorities(JsonElement root, string name) =>
        [.. root.Items(name).Select(item => new TrustedAuthority(
            [.. item.Required("certChain", JsonValueKind.Object).Items("certificates").Select(c => Load(c.Bytes("rawBytes")))],
            Validity.Parse(item))).Where(a => a.Chain.Count > 0)];

    private static X509Certificate2 Load(byte[] bytes)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(bytes);
        }
        catch (CryptographicException)
        {
            throw new FormatException("a certificate that is none");
        }
    }
}

/// <summary>A log, and when its word counts.</summary>
internal sealed record TrustedLog(byte[] Id, VerificationKey Key, Validity ValidFor);

/// <summary>A chain of certificates that ends with a root, and when its word counts.</summary>
internal sealed record TrustedAuthority(IReadOnlyList<X509Certificate2> Chain, Validity ValidFor);

/// <summary>A span of time, both ends included; an end that is missing is open.</summary>
internal sealed record Validity(DateTimeOffset Start, DateTimeOffset End)
{
    public static Validity Parse(JsonElement owner)
    {
        var span = owner.Optional("validFor", JsonValueKind.Object);
        return new Validity(Time(span, "start") ?? DateTimeOffset.MinValue, Time(span, "end") ?? DateTimeOffset.MaxValue);
    }

    public bool Covers(DateTimeOffset time) => Start <= time && time <= End;

    private static DateTimeOffset? Time(JsonElement? span, string name) =>
        span?.Optional(name, JsonValueKind.String) is not { } text ? null
        : text.TryGetDateTimeOffset(out var time) ? time : throw new FormatException($"'{name}' is not a time");
}
