using McpOperator.Bridge.Framing;

namespace McpOperator.Bridge.Sessions;

/// <summary>Whom a server speaks to when it does not answer: one session, or all that share it.</summary>
internal interface IAudience
{
    /// <summary>Takes a request or a notification of the server. While it has no room, the server waits.</summary>
    ValueTask HearAsync(ServerConnection server, ServerMessage message);
}
