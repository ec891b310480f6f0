using McpOperator.Bridge.Framing;
using McpOperator.Protocol;

namespace McpOperator.Bridge.Sessions;

/// <summary>
/// One request of a client from its arrival until its answer. The server gets it under an id of ours, and the client its answer under
/// its own: two clients may choose the same, and a server may write an id differently from how it read it.
/// </summary>
internal sealed class Exchange
{
    private readonly ReadOnlyMemory<byte> _id;
    private readonly ReadOnlyMemory<byte> _progressToken;

    /// <param name="request">The request.</param>
    /// <param name="stream">Where all goes that belongs to it.</param>
    /// <param name="owner">The session whose request it is; nothing when it has none.</param>
    public Exchange(JsonRpcMessage request, EventStream stream, Session? owner)
    {
        // Copies: the rest of a large request need not stay until it is answered.
        _id = request.Id.ToArray();
        _progressToken = JsonText.Member(JsonText.Member(request.Params, McpParams.Meta), McpMeta.ProgressToken).ToArray();
        Method = request.Method!;
        Stream = stream;
        Owner = owner;
    }

    /// <summary>The session whose request it is; nothing when it has none.</summary>
    public Session? Owner { get; }

    /// <summary>The client's id as it wrote it.</summary>
    public ReadOnlyMemory<byte> Id => _id;

    /// <summary>The token under which the client wants to hear of progress, as it wrote it; empty: it does not.</summary>
    public ReadOnlyMemory<byte> ProgressToken => _progressToken;

    /// <summary>The method.</summary>
    public string Method { get; }

    /// <summary>Where all goes that belongs to it.</summary>
    public EventStream Stream { get; }

    /// <summary>The client waits no longer; servers need not answer such a request (MCP 2025-11-25, Cancellation).</summary>
    public bool IsCancelled { get; set; }

    /// <summary>Looks at the answer before the client does.</summary>
    public Action<ServerMessage>? Answering { get; init; }

    /// <summary>Passes the server's answer on.</summary>
    public void Answer(ServerMessage message)
    {
        Answering?.Invoke(message);
        Stream.Answer(WithOwnId(message));
    }

    /// <summary>Answers in the server's place.</summary>
    public void Fail(int code, string reason, string message) => Stream.Answer(new(BridgeErrors.Write(_id, code, reason, message)));

    private Spliced WithOwnId(ServerMessage message)
    {
        // The answer that ends a subscription names it a second time (2026-07-28, SubscriptionsListenResult).
        var subscription = Method == McpMethods.Listen ? JsonText.Member(JsonText.Member(message.Result, McpParams.Meta), McpMeta.SubscriptionId) : default;
        if (subscription.IsEmpty)
        {
            return new(message.Text, message.OffsetOf(message.Id), message.Id.Length, _id);
        }

        var edits = new JsonEdits(message.Text);
        foreach (var slice in new[] { message.Id, subscription }.OrderBy(edits.OffsetOf))
        {
            edits.Replace(slice, _id);
        }

        return new(edits.ToArray());
    }
}
