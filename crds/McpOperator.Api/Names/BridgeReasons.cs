namespace McpOperator.Api;

/// <summary>Why the bridge to a stdio server refused or failed a request: <c>error.data.reason</c> of its answer.</summary>
public static class BridgeReasons
{
    /// <summary>The server's process ended before it answered.</summary>
    public const string ServerExited = "ServerExited";

    /// <summary>The server's process cannot be started, or ends as soon as it is.</summary>
    public const string ServerNotStarting = "ServerNotStarting";

    /// <summary>The server wrote a message that is longer than allowed.</summary>
    public const string ServerMessageTooLong = "ServerMessageTooLong";

    /// <summary>As many processes run as may.</summary>
    public const string TooManyProcesses = "TooManyProcesses";

    /// <summary>As many requests of one session are under way as may be.</summary>
    public const string TooManyRequests = "TooManyRequests";

    /// <summary>The session has ended, by its client, for want of use, or because the bridge stops.</summary>
    public const string SessionEnded = "SessionEnded";

    /// <summary>There is no such session.</summary>
    public const string SessionNotFound = "SessionNotFound";

    /// <summary>The request names no session and opens none.</summary>
    public const string SessionRequired = "SessionRequired";

    /// <summary>The bridge is being stopped.</summary>
    public const string Stopping = "Stopping";

    /// <summary>The HTTP request is not as the protocol wants it.</summary>
    public const string BadRequest = "BadRequest";

    /// <summary>The request comes from a web page, or under a host name, that is not allowed.</summary>
    public const string OriginNotAllowed = "OriginNotAllowed";

    /// <summary>One process serves all clients, and the server asked one of them for something: nobody knows which.</summary>
    public const string ServerIsShared = "ServerIsShared";
}
