using System.Security.Cryptography.X509Certificates;

namespace McpOperator.Webhooks.Certificates;

/// <summary>
/// Decides what is due. An authority is changed in three steps, so that at every moment every certificate that anybody serves with is
/// trusted by everybody: first the new one is trusted beside the old, then it signs, then the old one is forgotten.
/// </summary>
internal sealed record CertificatePlan(CertificateLifetimes Lifetimes, IReadOnlyList<string> Names)
{
    /// <summary>The set as it should be now; the same instance when nothing is due.</summary>
    /// <param name="set">The set as it is; nothing when there is none.</param>
    /// <param name="bundleIsPublished">Whether API servers have been told of the set's bundle.</param>
    /// <param name="now">The time.</param>
    public CertificateSet Next(CertificateSet? set, bool bundleIsPublished, DateTimeOffset now)
    {
        using var authority = set?.Current.Load();
        if (set is null || authority!.NotAfter <= now)
        {
            return Start(now);
        }

        if (set.Next is { } next && bundleIsPublished && now >= set.NextSince + Lifetimes.Propagation)
        {
            return Issue(set with { Current = next, Next = null, NextSince = default, Old = set.Current.Certificate }, now);
        }

        if (set.Next is null && set.Old is null && IsDue(authority, Lifetimes.Authority, now))
        {
            return set with { Next = CertificateFactory.MakeAuthority(now, Lifetimes.Authority), NextSince = now };
        }

        using var serving = set.Serving.Load();
        if (IsDue(serving, Lifetimes.Serving, now) && serving.NotAfter < authority.NotAfter || !Names.All(name => serving.MatchesHostname(name)))
        {
            return Issue(set, now);
        }

        return set.Old is not null && now >= set.ServingSince + Lifetimes.Propagation ? set with { Old = null } : set;
    }

    private CertificateSet Start(DateTimeOffset now)
    {
        var authority = CertificateFactory.MakeAuthority(now, Lifetimes.Authority);
        return new() { Current = authority, Serving = CertificateFactory.MakeServing(authority, Names, now, Lifetimes.Serving), ServingSince = now };
    }

    private CertificateSet Issue(CertificateSet set, DateTimeOffset now) =>
        set with { Serving = CertificateFactory.MakeServing(set.Current, Names, now, Lifetimes.Serving), ServingSince = now };

    /// <summary>With a third of its life left, so that there is time to mend what keeps it from being replaced.</summary>
    private static bool IsDue(X509Certificate2 certificate, TimeSpan lifetime, DateTimeOffset now) => certificate.NotAfter - now <= lifetime / 3;
}
