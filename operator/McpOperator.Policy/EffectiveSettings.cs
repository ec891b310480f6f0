using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>
/// A server's settings with the operator's configuration filled in. Where a server asks for something laxer than the configuration
/// permits, the configuration wins: admission refuses such a server, but a webhook can be down.
/// </summary>
public static class EffectiveSettings
{
    /// <summary>How strictly access rules are applied.</summary>
    public static AccessPolicy Access(AccessSettings? asked, AccessDefaults configured) => new(
        Stricter(asked?.Mode ?? configured.Mode, (AccessMode)Math.Max((int)configured.LaxestMode, (int)configured.Mode)),
        Stricter(asked?.DefaultDecision ?? configured.DefaultDecision, configured.DefaultDecision),
        (asked?.RequireSession ?? configured.RequireSession) || configured.RequireSession);

    /// <summary>Whose tokens are accepted.</summary>
    public static AuthPolicy Auth(AuthSettings? asked, AuthDefaults configured)
    {
        var type = asked?.Type ?? configured.Type;
        var anonymousAllowed = configured.AllowAnonymous || configured.Type == AuthType.None;
        return new AuthPolicy
        {
            Type = type == AuthType.None && !anonymousAllowed ? AuthType.OIDC : type,
            Issuer = asked?.Issuer ?? configured.Issuer,
            // Another issuer's keys are not the configured issuer's.
            JwksUri = asked?.JwksUri ?? (asked?.Issuer is null ? configured.JwksUri : null),
            CertificateAuthorities = configured.CertificateAuthorities,
            Audience = asked?.Audience,
            ResourceUrl = asked?.ResourceUrl,
            Claims = new ClaimNames
            {
                User = asked?.Claims?.User ?? configured.Claims.User,
                Agent = asked?.Claims?.Agent ?? configured.Claims.Agent,
                Groups = asked?.Claims?.Groups ?? configured.Claims.Groups,
                Session = asked?.Claims?.Session ?? configured.Claims.Session,
            },
        };
    }

    /// <summary>Whether changed words wait for a person.</summary>
    public static ReviewPolicy Review(ReviewSettings? asked, ReviewDefaults configured) => Stricter(asked?.Policy ?? configured.Policy, configured.Policy);

    /// <summary>How often tools may be called: the lower of what the server asks for and what its tenant has.</summary>
    public static LimitPolicy Limits(RateLimitSettings? asked, ServerIdentity server, QuotaSettings quotas)
    {
        var quota = quotas.Mode == QuotaMode.Enforced ? Tenants.QuotaOf(server.Tenant, quotas) : null;
        var limits = new LimitPolicy
        {
            ToolCallsPerMinute = Lower(asked?.ToolCallsPerMinute, quota?.ToolCallsPerMinutePerServer),
            ToolCallsPerMinutePerClient = Lower(asked?.ToolCallsPerMinutePerClient, quota?.ToolCallsPerMinutePerOAuthClient),
        };
        return limits.AllowsEverything() ? limits : limits with { Shared = SharedLimits(server, quotas.SharedLimits) };
    }

    /// <summary>The tenant comes first in keys, so that a tenant's user can be confined to them; no tenant's name has a colon.</summary>
    private static SharedLimitPolicy? SharedLimits(ServerIdentity server, SharedLimitSettings settings) => settings.Url is not { } url ? null : new()
    {
        Url = url,
        CertificateAuthorities = settings.CertificateAuthorities,
        KeyPrefix = $"{settings.KeyPrefix}:{server.Tenant}:{{{server.Namespace}/{server.Name}}}",
        TimeoutMilliseconds = settings.TimeoutMilliseconds,
        WhenUnavailable = settings.WhenUnavailable,
    };

    /// <summary>All these enums run from strict to lax.</summary>
    private static T Stricter<T>(T asked, T laxest) where T : struct, Enum => Comparer<T>.Default.Compare(asked, laxest) <= 0 ? asked : laxest;

    private static int? Lower(int? a, int? b) => a is { } x && b is { } y ? Math.Min(x, y) : a ?? b;
}
