using System.Security.Cryptography.X509Certificates;
using McpOperator.Webhooks.Certificates;

namespace McpOperator.Webhooks.Tests;

public sealed class CertificatePlanTests
{
    private static readonly CertificateLifetimes Lifetimes = new();
    private static readonly CertificatePlan Plan = new(Lifetimes, ["mcp-operator-webhook.mcp-operator-system.svc"]);
    private static readonly DateTimeOffset Begin = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static bool Trusts(string bundle, PemPair serving, DateTimeOffset now)
    {
        using var certificate = serving.Load();
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.ImportFromPem(bundle);
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        return chain.Build(certificate) && certificate.MatchesHostname(Plan.Names[0]);
    }

    [Test]
    public void For_three_years_every_certificate_that_anybody_serves_with_is_trusted_by_everybody()
    {
        // Replicas and API servers that are behind by up to the time that a change is given to reach them.
        var past = new Queue<(DateTimeOffset At, CertificateSet Set)>();
        CertificateSet? set = null;
        var (authorities, certificates) = (new HashSet<string>(), new HashSet<string>());
        var now = Begin;
        while (now < Begin.AddYears(3))
        {
            var before = set;
            set = Plan.Next(set, bundleIsPublished: true, now);
            past.Enqueue((now, set));
            while (past.Count > 1 && past.ElementAt(1).At <= now - Lifetimes.Propagation)
            {
                past.Dequeue();
            }

            foreach (var trusting in past.Select(p => p.Set.Bundle).Distinct())
            {
                foreach (var serving in past.Select(p => p.Set.Serving).Distinct())
                {
                    Trusts(trusting, serving, now).Should().BeTrue($"at {now:O}");
                }
            }

            authorities.Add(set.Current.Certificate);
            certificates.Add(set.Serving.Certificate);
            // Slowly where something happens, in days otherwise.
            now += ReferenceEquals(before, set) && set.Next is null && set.Old is null ? TimeSpan.FromDays(1) : TimeSpan.FromMinutes(1);
        }

        authorities.Count.Should().BeInRange(4, 6);
        certificates.Count.Should().BeInRange(12, 24);
    }

    [Test]
    public void A_new_authority_does_not_sign_before_API_servers_were_told_of_it()
    {
        var set = Plan.Next(null, false, Begin);
        set = Plan.Next(set, true, Begin.AddDays(250));
        set.Next.Should().NotBeNull();

        Plan.Next(set, bundleIsPublished: false, Begin.AddDays(260)).Current.Should().Be(set.Current);
        Plan.Next(set, bundleIsPublished: true, Begin.AddDays(250).AddMinutes(1)).Current.Should().Be(set.Current);
        Plan.Next(set, bundleIsPublished: true, Begin.AddDays(250).AddMinutes(5)).Current.Should().Be(set.Next);
    }

    [Test]
    public void An_expired_set_starts_anew_and_other_names_get_another_certificate()
    {
        var set = Plan.Next(null, false, Begin);

        Plan.Next(set, true, Begin).Should().BeSameAs(set);
        Plan.Next(set, false, Begin.AddDays(400)).Current.Should().NotBe(set.Current);
        var renamed = new CertificatePlan(Lifetimes, ["127.0.0.1"]).Next(set, true, Begin);
        renamed.Current.Should().Be(set.Current);
        using var serving = renamed.Serving.Load();
        serving.MatchesHostname("127.0.0.1").Should().BeTrue();
    }

    [Test]
    public void A_set_survives_the_Secret_and_a_damaged_one_is_none()
    {
        var set = Plan.Next(Plan.Next(null, false, Begin), true, Begin.AddDays(250));

        CertificateSet.Read(set.Write()).Should().Be(set);
        CertificateSet.Read(null).Should().BeNull();
        foreach (var key in new[] { "ca.crt", "ca.key", "tls.crt", "tls.key", "next-ca.crt" })
        {
            var damaged = set.Write().ToDictionary(p => p.Key, p => p.Value);
            damaged[key] = "nonsense"u8.ToArray();
            CertificateSet.Read(damaged).Should().BeNull(key);
        }
    }
}
