using System.Text.Json.Serialization;

namespace McpOperator.Proxy.Sessions;

/// <summary>What a sealed session id says.</summary>
internal sealed record SessionTicket
{
    /// <summary>Where the pod that holds the session is reached, such as <c>10.0.0.7:18080</c>.</summary>
    [JsonPropertyName("p")]
    public required string Pod { get; init; }

    /// <summary>The session's id at the server, or at the proxy for a session that the proxy itself keeps.</summary>
    [JsonPropertyName("s")]
    public required string Upstream { get; init; }

    /// <summary>Whose it is, as <see cref="SessionOwner"/> says.</summary>
    [JsonPropertyName("o")]
    public required string Owner { get; init; }

    /// <summary>The protocol revision that was agreed on.</summary>
    [JsonPropertyName("r")]
    public string? Revision { get; init; }

    /// <summary>Who keeps the session.</summary>
    [JsonPropertyName("k")]
    public SessionKind Kind { get; init; }
}

/// <summary>Who keeps a session.</summary>
internal enum SessionKind
{
    /// <summary>The server; the proxy only passes on.</summary>
    PassedThrough,

    /// <summary>The proxy, which translates.</summary>
    Translated,

    /// <summary>The proxy: the ticket is the address to which an HTTP+SSE client posts.</summary>
    EventStream,

    /// <summary>The proxy: the ticket is the state of a request that waits for the client's input.</summary>
    Waiting,
}

[JsonSerializable(typeof(SessionTicket))]
internal sealed partial class SessionJson : JsonSerializerContext;
