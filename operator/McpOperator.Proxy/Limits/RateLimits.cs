using McpOperator.Api.Configuration;
using McpOperator.Policy;
using McpOperator.Proxy.Redis;

namespace McpOperator.Proxy.Limits;

/// <summary>
/// Counts calls of tools: together with the server's other pods where the policy says so, else in this pod alone, so that a server with
/// several pods lets through as many times as many.
/// </summary>
internal sealed class RateLimits(PodCounters pod, SharedCounters shared)
{
    /// <summary>Counts calls, all or none.</summary>
    /// <param name="limits">What is allowed; absent members allow everything.</param>
    /// <param name="client">Who calls.</param>
    /// <param name="calls">How many calls at once.</param>
    public ValueTask<LimitAnswer> TakeAsync(LimitPolicy limits, string client, int calls) =>
        limits.AllowsEverything() ? new(new LimitAnswer(null))
        : limits.Shared is { } together ? TakeTogetherAsync(limits, together.WhenUnavailable, client, calls)
        : new(new LimitAnswer(pod.Take(limits, client, calls)));

    private async ValueTask<LimitAnswer> TakeTogetherAsync(LimitPolicy limits, LimitFallback fallback, string client, int calls)
    {
        try
        {
            var breach = await shared.TakeAsync(limits, client, calls);
            if (breach is null && fallback == LimitFallback.PerPod)
            {
                // Should the counters go away now, the pod knows what it has let through.
                pod.Note(client, calls);
            }

            return new(breach);
        }
        catch (RedisException)
        {
            return fallback switch
            {
                LimitFallback.Allow => new(null, Away: true),
                LimitFallback.PerPod => new(pod.Take(limits, client, calls), Away: true),
                _ => new(null, Away: true, IsRefused: true),
            };
        }
    }
}
