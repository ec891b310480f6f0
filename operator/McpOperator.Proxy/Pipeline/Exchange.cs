using System.Diagnostics;
using McpOperator.Policy;
using McpOperator.Protocol;
using McpOperator.Proxy.Policies;
using McpOperator.Proxy.Sessions;

namespace McpOperator.Proxy.Pipeline;

/// <summary>One request of a client on its way through the stages, with what each has found out.</summary>
internal sealed class Exchange(HttpContext http, PolicySnapshot? policy)
{
    public HttpContext Http => http;

    /// <summary>When it began, for measuring.</summary>
    public long Started { get; } = Stopwatch.GetTimestamp();

    /// <summary>Whether there is a policy at all.</summary>
    public bool HasPolicy => policy is not null;

    /// <summary>The policy that holds for the whole exchange.</summary>
    public PolicySnapshot Policy => policy ?? throw new InvalidOperationException("there is no policy");

    /// <summary>What the client sent; empty without a body.</summary>
    public JsonRpcBody Body { get; set; } = new();

    /// <summary>What is sent on: the body, or another where policy has changed it.</summary>
    public ReadOnlyMemory<byte> Payload { get; set; }

    /// <summary>The protocol revision; what clients before 2025-06-18 speak when nothing says otherwise.</summary>
    public ProtocolRevision Revision { get; set; } = ProtocolRevision.Assumed;

    /// <summary>The revisions among which the client may choose.</summary>
    public IReadOnlyList<string> SupportedRevisions { get; set; } = [];

    /// <summary>The revision that the client named and that nobody here speaks, if it did.</summary>
    public string? UnknownRevision { get; set; }

    /// <summary>Who calls.</summary>
    public Caller Caller { get; set; } = Caller.Anonymous;

    /// <summary>Grants and sessions, as they stood when the request came.</summary>
    public AccessTable Access { get; set; } = AccessTable.Empty;

    /// <summary>Whose tokens are good, with the server's address: the policy's own, or where it names none, the one that the operator found.</summary>
    public AuthPolicy Auth => AuthOf(Policy, Access);

    /// <summary>The session that the client presented.</summary>
    public SessionTicket? Session { get; set; }

    /// <summary>Whether it belongs to a client of HTTP+SSE, whose session stands in the address that it posts to.</summary>
    public bool IsEventStream { get; init; }

    /// <summary>The pod that holds the session, when it is another one.</summary>
    public string? OtherPod { get; set; }

    /// <summary>What was decided about each tool's call, in the order of the messages.</summary>
    public List<ToolCall> Calls { get; } = [];

    /// <summary>Why it was refused, if it was.</summary>
    public Denial? Denial { get; set; }

    /// <summary>Seconds after which it would not be refused, if that is known.</summary>
    public int? RetryAfter { get; set; }

    /// <summary>Whether its calls could not be counted together with those of other pods.</summary>
    public bool LimitsAway { get; set; }

    /// <summary>The span that stands for it, if anybody looks.</summary>
    public Activity? Activity { get; set; }

    /// <summary>Whether the answer said that something went wrong.</summary>
    public bool HasFailed { get; set; }

    /// <summary>The only message; nothing in a batch or without a body.</summary>
    public JsonRpcMessage? Message => Body.Messages.Count == 1 ? Body.Messages[0] : null;

    /// <summary>The only request's id as it was written, to answer to; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Id => Message is { Kind: MessageKind.Request } request ? request.Id : Body.ProblemId;

    /// <summary>The method for metrics and audit.</summary>
    public string Method => Body.IsBatch ? "batch" : Message is { } message ? message.Method ?? "response" : http.Request.Method;

    /// <summary>See <see cref="Auth"/>.</summary>
    public static AuthPolicy AuthOf(PolicySnapshot policy, AccessTable access) =>
        policy.Document.Auth is { ResourceUrl: null } auth && access.Index.Url is { } url ? auth with { ResourceUrl = url } : policy.Document.Auth;

    /// <summary>Whether any of its messages is a request of this method.</summary>
    public bool Asks(string method)
    {
        for (var i = 0; i < Body.Messages.Count; i++)
        {
            if (Body.Messages[i].IsRequest(method))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>A call of a tool, and what was decided about it.</summary>
/// <param name="Message">The call.</param>
/// <param name="Tool">The tool, as the caller named it.</param>
/// <param name="OwnName">The server's own name of it; nothing when it has none.</param>
/// <param name="Decision">What was decided.</param>
internal sealed record ToolCall(JsonRpcMessage Message, string Tool, string? OwnName, AccessDecision Decision)
{
    /// <summary>Why, for those who may know more than the caller.</summary>
    public string Reason { get; init; } = Decision.Reason;
}
