using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace McpOperator.Webhooks.Certificates;

/// <summary>Everything that the Secret holds: what we serve with, what signed it, and what shall sign next.</summary>
internal sealed record CertificateSet
{
    private const string Authority = "ca.crt", AuthorityKey = "ca.key", NextAuthority = "next-ca.crt", NextAuthorityKey = "next-ca.key";
    private const string OldAuthority = "old-ca.crt", ServingCertificate = "tls.crt", ServingKey = "tls.key", ServingTime = "tls-since", NextTime = "next-ca-since";

    /// <summary>The authority that signed <see cref="Serving"/>.</summary>
    public required PemPair Current { get; init; }

    /// <summary>The authority that takes over once everybody trusts it.</summary>
    public PemPair? Next { get; init; }

    /// <summary>Since when <see cref="Next"/> is there.</summary>
    public DateTimeOffset NextSince { get; init; }

    /// <summary>The certificate of the authority before, as long as somebody may serve with what it signed.</summary>
    public string? Old { get; init; }

    /// <summary>What we serve with.</summary>
    public required PemPair Serving { get; init; }

    /// <summary>Since when we serve with it.</summary>
    public DateTimeOffset ServingSince { get; init; }

    /// <summary>What API servers have to trust: old, present and next authority together, so that no moment of a change refuses anybody.</summary>
    public string Bundle => string.Join('\n', new[] { Current.Certificate, Next?.Certificate, Old }.OfType<string>().Select(pem => pem.Trim())) + "\n";

    /// <summary>Reads a Secret's data; nothing when it is not ours or damaged.</summary>
    public static CertificateSet? Read(IReadOnlyDictionary<string, byte[]>? data)
    {
        string? Text(string key) => data?.GetValueOrDefault(key) is { Length: > 0 } bytes ? Encoding.UTF8.GetString(bytes) : null;
        DateTimeOffset Time(string key) => DateTimeOffset.TryParse(Text(key), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : default;
        PemPair? Pair(string certificate, string key) => Text(certificate) is { } c && Text(key) is { } k ? new(c, k) : null;
        if (Pair(Authority, AuthorityKey) is not { } current || Pair(ServingCertificate, ServingKey) is not { } serving)
        {
            return null;
        }

        var set = new CertificateSet
        {
            Current = current,
            Next = Pair(NextAuthority, NextAuthorityKey),
            NextSince = Time(NextTime),
            Old = Text(OldAuthority),
            Serving = serving,
            ServingSince = Time(ServingTime),
        };
        return set.IsWhole() ? set : null;
    }

    /// <summary>The Secret's data.</summary>
    public IReadOnlyDictionary<string, byte[]> Write()
    {
        var text = new Dictionary<string, string?>
        {
            [Authority] = Current.Certificate,
            [AuthorityKey] = Current.Key,
            [NextAuthority] = Next?.Certificate,
            [NextAuthorityKey] = Next?.Key,
            [NextTime] = Next is null ? null : NextSince.ToString("O", CultureInfo.InvariantCulture),
            [OldAuthority] = Old,
            [ServingCertificate] = Serving.Certificate,
            [ServingKey] = Serving.Key,
            [ServingTime] = ServingSince.ToString("O", CultureInfo.InvariantCulture),
        };
        return text.Where(t => t.Value is not null).ToDictionary(t => t.Key, t => Encoding.UTF8.GetBytes(t.Value!));
    }

    private bool IsWhole()
    {
        try
        {
            using var serving = Serving.LoadWithKey();
            using var current = Current.LoadWithKey();
            using var next = Next?.LoadWithKey();
            using var old = Old is null ? null : X509Certificate2.CreateFromPem(Old);
            return serving.IssuerName.RawData.AsSpan().SequenceEqual(current.SubjectName.RawData);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
