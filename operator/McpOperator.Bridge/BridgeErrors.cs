using McpOperator.Protocol;

namespace McpOperator.Bridge;

/// <summary>Errors that the bridge itself answers with.</summary>
internal static class BridgeErrors
{
    /// <summary>Writes one, with its reason as <c>data.reason</c>.</summary>
    /// <param name="id">The request's id as it was written; empty: <c>null</c>.</param>
    /// <param name="code">From <see cref="JsonRpcErrors"/>.</param>
    /// <param name="reason">One of <see cref="Api.BridgeReasons"/>.</param>
    /// <param name="message">What is wrong, and what would help.</param>
    public static byte[] Write(ReadOnlyMemory<byte> id, int code, string reason, string message) => JsonRpcWriter.Error(id, code, message, data =>
    {
        data.WriteStartObject();
        data.WriteString("reason", reason);
        data.WriteEndObject();
    });
}
