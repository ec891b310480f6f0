using System.Globalization;
using McpOperator.Api;
using McpOperator.Policy;
using McpOperator.Proxy.Limits;

namespace McpOperator.Proxy.Pipeline;

/// <summary>Counts the calls of tools that are about to be made, for the server and for the caller's OAuth client.</summary>
internal sealed class LimitStage(RateLimits limits) : IStage
{
    public ValueTask<Denial?> RunAsync(Exchange exchange, CancellationToken ct) => new(exchange.OtherPod is null && exchange.Calls.Count > 0 ? Run(exchange) : null);

    /// <summary>Whose calls are counted together. It is the identity's, so a new session is no new beginning.</summary>
    private static string KeyOf(Caller caller) => caller.Client ?? caller.Agent ?? caller.User ?? "";

    private Denial? Run(Exchange exchange)
    {
        if (limits.Take(exchange.Policy.Document.Limits, KeyOf(exchange.Caller), exchange.Calls.Count) is not { } breach)
        {
            return null;
        }

        exchange.RetryAfter = (int)Math.Ceiling(breach.Wait.TotalSeconds);
        var whose = breach.IsClients ? "this OAuth client" : "this server";
        return Denial.Of(
            new AccessDecision
            {
                IsAllowed = false,
                Reason = AccessReasons.RateLimited,
                Detail = string.Create(CultureInfo.InvariantCulture, $"More than {breach.Most} tool calls in a minute for {whose}; try again in {exchange.RetryAfter} s."),
            },
            null);
    }
}
