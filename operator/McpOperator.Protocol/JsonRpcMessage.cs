namespace McpOperator.Protocol;

/// <summary>
/// One message that <see cref="JsonRpcReader"/> has accepted: its parts are slices of the text that was read, so what is passed on is
/// what was judged, byte for byte.
/// </summary>
public sealed record JsonRpcMessage
{
    /// <summary>The whole object.</summary>
    public required ReadOnlyMemory<byte> Text { get; init; }

    /// <summary>Request, notification or response.</summary>
    public required MessageKind Kind { get; init; }

    /// <summary>The id as it is written, quotes included; empty in a notification.</summary>
    public ReadOnlyMemory<byte> Id { get; init; }

    /// <summary>The method; nothing in a response.</summary>
    public string? Method { get; init; }

    /// <summary>The object <c>params</c>; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Params { get; init; }

    /// <summary>The result; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Result { get; init; }

    /// <summary>The object <c>error</c>; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Error { get; init; }

    /// <summary>Whether this is a request of the given method.</summary>
    public bool IsRequest(string method) => Kind == MessageKind.Request && Method == method;
}
