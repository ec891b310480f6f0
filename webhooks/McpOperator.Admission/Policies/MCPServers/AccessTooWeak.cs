using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>A tenant may be stricter than the platform team, never laxer.</summary>
public sealed class AccessTooWeak : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        var (spec, configuration) = (review.New.Spec, review.Configuration);
        var (asked, permitted) = (spec.Access, configuration.Access);
        var laxest = permitted.LaxestMode > permitted.Mode ? permitted.LaxestMode : permitted.Mode;
        if (asked?.Mode > laxest)
        {
            yield return TooWeak("spec.access.mode", $"{asked.Mode}", $"{laxest}", "access.laxestMode");
        }

        if (asked?.DefaultDecision > permitted.DefaultDecision)
        {
            yield return TooWeak("spec.access.defaultDecision", $"{asked.DefaultDecision}", $"{permitted.DefaultDecision}", "access.defaultDecision");
        }

        if (asked?.RequireSession == false && permitted.RequireSession)
        {
            yield return TooWeak("spec.access.requireSession", "false", "true", "access.requireSession");
        }

        if (spec.Auth?.Type == AuthType.None && !configuration.Auth.AllowAnonymous && configuration.Auth.Type != AuthType.None)
        {
            yield return TooWeak("spec.auth.type", "None", "OIDC", "auth.allowAnonymous");
        }

        if (spec.Review?.Policy > configuration.Review.Policy)
        {
            yield return TooWeak("spec.review.policy", $"{spec.Review.Policy}", $"{configuration.Review.Policy}", "review.policy");
        }
    }

    private static Violation TooWeak(string field, string asked, string permitted, string setting) =>
        new(field, Reasons.AccessTooWeak, $"{asked} is laxer than the operator's configuration permits ({permitted}, set by {setting}); remove the field or be at least as strict.");
}
