namespace McpOperator.Bridge.Sessions;

/// <summary>There is no process for a session now; later there may be.</summary>
/// <param name="reason">One of <see cref="Api.BridgeReasons"/>.</param>
/// <param name="message">Why, and what would help.</param>
/// <param name="retryAfter">When to try again.</param>
internal sealed class ServerUnavailableException(string reason, string message, TimeSpan retryAfter) : IOException(message)
{
    /// <summary>One of <see cref="Api.BridgeReasons"/>.</summary>
    public string Reason => reason;

    /// <summary>When to try again.</summary>
    public TimeSpan RetryAfter => retryAfter;
}
