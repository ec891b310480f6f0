using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy.Tests;

public sealed class EffectiveSettingsTests
{
    private static readonly AccessMode[] Modes = Enum.GetValues<AccessMode>();

    [Test]
    public void The_shipped_access_is_the_strict_one() =>
        EffectiveSettings.Access(null, new()).Should().Be(new AccessPolicy(AccessMode.Enforce, Decision.Deny, RequireSession: true));

    // asked, configured default, laxest permitted → effective
    [TestCase(null, AccessMode.Enforce, AccessMode.Enforce, AccessMode.Enforce)]
    [TestCase(null, AccessMode.Enforce, AccessMode.Open, AccessMode.Enforce)]
    [TestCase(null, AccessMode.Open, AccessMode.Enforce, AccessMode.Open)]
    [TestCase(AccessMode.Observe, AccessMode.Enforce, AccessMode.Enforce, AccessMode.Enforce)]
    [TestCase(AccessMode.Observe, AccessMode.Enforce, AccessMode.Observe, AccessMode.Observe)]
    [TestCase(AccessMode.Open, AccessMode.Enforce, AccessMode.Observe, AccessMode.Observe)]
    [TestCase(AccessMode.Open, AccessMode.Enforce, AccessMode.Open, AccessMode.Open)]
    [TestCase(AccessMode.Enforce, AccessMode.Open, AccessMode.Open, AccessMode.Enforce)]
    public void The_mode_is_what_was_asked_for_as_far_as_it_is_permitted(AccessMode? asked, AccessMode configured, AccessMode laxest, AccessMode effective) =>
        EffectiveSettings.Access(new() { Mode = asked }, new() { Mode = configured, LaxestMode = laxest }).Mode.Should().Be(effective);

    [Test]
    public void A_tenant_is_never_laxer_than_the_configuration()
    {
        foreach (var asked in Modes.Cast<AccessMode?>().Append(null))
            foreach (var configured in Modes)
                foreach (var laxest in Modes)
                    foreach (var decision in new Decision?[] { null, Decision.Deny, Decision.Allow })
                        foreach (var permitted in Enum.GetValues<Decision>())
                            foreach (var session in new bool?[] { null, true, false })
                                foreach (var needed in new[] { true, false })
                                {
                                    var settings = new AccessSettings { Mode = asked, DefaultDecision = decision, RequireSession = session };
                                    var defaults = new AccessDefaults { Mode = configured, LaxestMode = laxest, DefaultDecision = permitted, RequireSession = needed };
                                    var effective = EffectiveSettings.Access(settings, defaults);

                                    var because = $"{settings} under {defaults} became {effective}";
                                    effective.Mode.Should().Match(m => m <= configured || m <= laxest, because);
                                    effective.DefaultDecision.Should().Match(d => d <= permitted, because);
                                    (effective.RequireSession || !needed).Should().BeTrue(because);
                                    // ... and always as strict as it asked to be.
                                    effective.Mode.Should().Match(m => asked == null || m <= asked, because);
                                    effective.DefaultDecision.Should().Match(d => decision == null || d <= decision, because);
                                    (effective.RequireSession || session != true).Should().BeTrue(because);
                                }
    }

    [TestCase(null, AuthType.OIDC, false, AuthType.OIDC)]
    [TestCase(AuthType.None, AuthType.OIDC, false, AuthType.OIDC)]
    [TestCase(AuthType.None, AuthType.OIDC, true, AuthType.None)]
    [TestCase(null, AuthType.OIDC, true, AuthType.OIDC)]
    [TestCase(null, AuthType.None, false, AuthType.None)]
    [TestCase(AuthType.None, AuthType.None, false, AuthType.None)]
    [TestCase(AuthType.OIDC, AuthType.None, false, AuthType.OIDC)]
    public void Tokens_are_asked_for_unless_the_configuration_permits_otherwise(AuthType? asked, AuthType configured, bool anonymous, AuthType effective) =>
        EffectiveSettings.Auth(new() { Type = asked }, new() { Type = configured, AllowAnonymous = anonymous }).Type.Should().Be(effective);

    [Test]
    public void Another_issuer_does_not_inherit_the_configured_issuers_keys()
    {
        var configured = new AuthDefaults { Issuer = "https://platform", JwksUri = "https://platform/keys" };

        EffectiveSettings.Auth(null, configured).Should().Match<AuthPolicy>(a => a.Issuer == "https://platform" && a.JwksUri == "https://platform/keys");
        EffectiveSettings.Auth(new() { Issuer = "https://own" }, configured).Should().Match<AuthPolicy>(a => a.Issuer == "https://own" && a.JwksUri == null);
        EffectiveSettings.Auth(new() { Issuer = "https://own", JwksUri = "https://own/keys" }, configured).JwksUri.Should().Be("https://own/keys");
    }

    [Test]
    public void Claims_are_filled_in_one_by_one() =>
        EffectiveSettings.Auth(new() { Claims = new() { User = "email" } }, new()).Claims
            .Should().Be(new ClaimNames { User = "email", Agent = "azp", Groups = "groups", Session = "sid" });

    [TestCase(null, ReviewPolicy.Required, ReviewPolicy.Required)]
    [TestCase(ReviewPolicy.Automatic, ReviewPolicy.Required, ReviewPolicy.Required)]
    [TestCase(null, ReviewPolicy.Automatic, ReviewPolicy.Automatic)]
    [TestCase(ReviewPolicy.Required, ReviewPolicy.Automatic, ReviewPolicy.Required)]
    public void Review_is_never_laxer_than_configured(ReviewPolicy? asked, ReviewPolicy configured, ReviewPolicy effective) =>
        EffectiveSettings.Review(new() { Policy = asked }, new() { Policy = configured }).Should().Be(effective);

    // asked, quota, mode → effective
    [TestCase(null, 600, QuotaMode.Enforced, 600)]
    [TestCase(100, 600, QuotaMode.Enforced, 100)]
    [TestCase(1000, 600, QuotaMode.Enforced, 600)]
    [TestCase(null, 600, QuotaMode.Unbounded, null)]
    [TestCase(1000, 600, QuotaMode.Unbounded, 1000)]
    public void A_limit_may_only_be_lowered(int? asked, int quota, QuotaMode mode, int? effective)
    {
        var quotas = new QuotaSettings { Mode = mode, Default = new() { ToolCallsPerMinutePerServer = quota, ToolCallsPerMinutePerOAuthClient = quota } };

        EffectiveSettings.Limits(new() { ToolCallsPerMinute = asked, ToolCallsPerMinutePerClient = asked }, Of("acme"), quotas)
            .Should().Be(new LimitPolicy { ToolCallsPerMinute = effective, ToolCallsPerMinutePerClient = effective });
    }

    [Test]
    public void A_tenant_of_its_own_quota_has_that_one()
    {
        var quotas = new QuotaSettings { Tenants = new Dictionary<string, TenantQuota> { ["acme"] = new() { ToolCallsPerMinutePerServer = 7 } } };

        EffectiveSettings.Limits(null, Of("acme"), quotas).ToolCallsPerMinute.Should().Be(7);
        EffectiveSettings.Limits(null, Of("other"), quotas).ToolCallsPerMinute.Should().Be(600);
    }

    [Test]
    public void Pods_count_together_under_a_key_that_begins_with_the_tenant()
    {
        var quotas = new QuotaSettings { SharedLimits = new() { Url = "rediss://valkey.limits.svc", KeyPrefix = "p", WhenUnavailable = LimitFallback.PerPod } };

        var shared = EffectiveSettings.Limits(null, Of("acme"), quotas).Shared!;
        shared.KeyPrefix.Should().Be("p:acme:{team-a/weather}");
        shared.WhenUnavailable.Should().Be(LimitFallback.PerPod);
        new SharedLimitSettings().WhenUnavailable.Should().Be(LimitFallback.Deny, "nothing is let through uncounted unless somebody says so");
        EffectiveSettings.Limits(null, Of("acme"), quotas with { Mode = QuotaMode.Unbounded }).Shared.Should().BeNull("there is nothing to count");
        EffectiveSettings.Limits(null, Of("acme"), new()).Shared.Should().BeNull();
    }

    private static ServerIdentity Of(string tenant) => new("team-a", "weather", tenant);

    [Test]
    public void The_tenant_is_the_namespaces_label_or_its_name()
    {
        Tenants.Of("team-a", null).Should().Be("team-a");
        Tenants.Of("team-a", new Dictionary<string, string> { ["mcpoperator.io/tenant"] = "acme" }).Should().Be("acme");
        Tenants.Of("team-a", new Dictionary<string, string> { ["mcpoperator.io/tenant"] = "" }).Should().Be("team-a");
    }
}
