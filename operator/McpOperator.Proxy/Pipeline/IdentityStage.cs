using McpOperator.Api;
using McpOperator.Identity;
using McpOperator.Policy;
using McpOperator.Proxy.Policies;

namespace McpOperator.Proxy.Pipeline;

/// <summary>
/// Who calls: what a valid token says, and nothing else. The session's name is the only thing that is read from a header, and it counts only
/// for the subject that the token names. Where no token is asked for, everybody is nobody.
/// </summary>
internal sealed class IdentityStage(TokenValidator tokens, AccessStore access) : IStage
{
    private const string Bearer = "Bearer ";

    public async ValueTask<Denial?> RunAsync(Exchange exchange, CancellationToken ct)
    {
        exchange.Access = access.Current;
        var policy = exchange.Policy.Table;
        if (!policy.AsksForToken)
        {
            return null;
        }

        var request = exchange.Http.Request;
        var authorization = request.Headers.Authorization;
        if (authorization.Count == 0)
        {
            return Denial.Of(AccessDecider.DecideEntry(policy, Caller.Anonymous), null);
        }

        var text = authorization.Count == 1 ? authorization[0] ?? "" : "";
        if (!text.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            return Refused(AccessReasons.TokenInvalid, "The header Authorization has to be there once and say: Bearer <token>.");
        }

        var finding = await tokens.ValidateAsync(text[Bearer.Length..].Trim(' '), exchange.Auth, ct);
        if (finding.Caller is not { } caller)
        {
            return Refused(finding.Reason!, finding.Message);
        }

        var session = request.Headers[Headers.AgentSession];
        if (session.Count > 1)
        {
            return Refusals.BadHeader($"The header {Headers.AgentSession} stands there more than once.");
        }

        exchange.Caller = session is [{ Length: > 0 } name] ? caller with { Session = name, SessionSource = SessionSource.Header } : caller;
        return null;
    }

    private static Denial Refused(string reason, string? message) => Denial.Of(new AccessDecision { IsAllowed = false, Reason = reason, Detail = message }, null);
}
