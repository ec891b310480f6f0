using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPAgentSessions;

/// <summary>A user's consent does not last longer than the platform team permits.</summary>
public sealed class ExpiryTooFar : IPolicy<Review<MCPAgentSession>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPAgentSession> review)
    {
        var longest = TimeSpan.FromSeconds(review.Configuration.Sessions.MaxDurationSeconds);
        var end = review.New.Spec.ExpiresAt;
        // What exists was within the limit when it was made, and its end can only move earlier.
        if (review.Operation == Operation.Create && end > review.Now + longest + ClockSkew)
        {
            yield return new("spec.expiresAt", Reasons.ExpiryTooFar, $"{end:yyyy-MM-ddTHH:mm:ssZ} is more than {longest} (days.hours:minutes:seconds) away; choose an earlier time, or have sessions.maxDurationSeconds raised in the operator's configuration.");
        }
    }

    /// <summary>Who asks for exactly the longest time shall get it though their clock runs ahead of ours.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(60);
}
