using System.Globalization;
using McpOperator.Api;
using McpOperator.Policy;
using McpOperator.Proxy.Limits;
using McpOperator.Proxy.Telemetry;

namespace McpOperator.Proxy.Pipeline;

/// <summary>Counts the calls of tools that are about to be made, for the server and for the caller's OAuth client.</summary>
internal sealed class LimitStage(RateLimits limits, ProxyMetrics metrics) : IStage
{
    public ValueTask<Denial?> RunAsync(Exchange exchange, CancellationToken ct) => exchange.OtherPod is null && exchange.Calls.Count > 0 ? CountAsync(exchange) : default;

    /// <summary>Whose calls are counted together. It is the identity's, so a new session is no new beginning.</summary>
    private static string KeyOf(Caller caller) => caller.Client ?? caller.Agent ?? caller.User ?? "";

    private async ValueTask<Denial?> CountAsync(Exchange exchange)
    {
        var answer = await limits.TakeAsync(exchange.Policy.Document.Limits, KeyOf(exchange.Caller), exchange.Calls.Count);
        if (answer.Away)
        {
            exchange.LimitsAway = true;
            metrics.LimitsAway(exchange.Policy.Document.Limits.Shared!.WhenUnavailable);
        }

        return answer.IsRefused ? Refused(AccessReasons.LimitsUnavailable, "Calls cannot be counted at present, and uncounted ones are not let through; try again in a moment.")
            : answer.Breach is { } breach ? Refused(exchange, breach)
            : null;
    }

    private static Denial Refused(Exchange exchange, LimitBreach breach)
    {
        exchange.RetryAfter = (int)Math.Ceiling(breach.Wait.TotalSeconds);
        var whose = breach.IsClients ? "this OAuth client" : "this server";
        return Refused(AccessReasons.RateLimited, string.Create(CultureInfo.InvariantCulture, $"More than {breach.Most} tool calls in a minute for {whose}; try again in {exchange.RetryAfter} s."));
    }

    private static Denial Refused(string reason, string detail) => Denial.Of(new AccessDecision { IsAllowed = false, Reason = reason, Detail = detail }, null);
}
