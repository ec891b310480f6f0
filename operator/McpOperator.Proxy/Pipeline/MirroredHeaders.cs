using System.Globalization;
using System.Text;
using McpOperator.Policy;
using McpOperator.Protocol;
using McpOperator.Proxy.Surface;

namespace McpOperator.Proxy.Pipeline;

/// <summary>
/// Headers that repeat what the body says (MCP 2026-07-28, Streamable HTTP, "Server Validation"). They are compared in every revision:
/// a server that believes them must not be told something else than what was judged.
/// </summary>
internal static class MirroredHeaders
{
    /// <summary>Compares them.</summary>
    public static Denial? Check(Exchange exchange)
    {
        var headers = exchange.Http.Request.Headers;
        foreach (var header in headers)
        {
            if (header.Value.Count > 1 && header.Key.StartsWith("Mcp-", StringComparison.OrdinalIgnoreCase))
            {
                return Refusals.HeaderMismatch($"{header.Key} stands twice.");
            }
        }

        if (exchange.Message is not { } message)
        {
            return headers.ContainsKey(McpHeaders.Method) || headers.ContainsKey(McpHeaders.Name)
                ? Refusals.HeaderMismatch("a batch has no single method or name.")
                : null;
        }

        return CheckRevision(exchange, message)
            ?? Compare(headers[McpHeaders.Method].ToString(), message.Method, McpHeaders.Method, exchange.Revision.MirrorsBody && message.Kind == MessageKind.Request)
            ?? CheckName(headers[McpHeaders.Name].ToString(), message, exchange.Revision.MirrorsBody);
    }

    /// <summary>
    /// Compares the headers that repeat a call's arguments. Who stands before us may have routed by the header, and the server acts by the body
    /// (MCP 2026-07-28, Streamable HTTP, "Custom Headers from Tool Parameters"). An argument that is absent or null has no header to be.
    /// </summary>
    public static Denial? Check(ToolDefinition tool, JsonRpcMessage call, IHeaderDictionary headers)
    {
        foreach (var mirrored in tool.MirroredArguments)
        {
            var value = mirrored.Path.Aggregate(JsonText.Member(call.Params, McpParams.Arguments), (at, name) => JsonText.IsObject(at) ? JsonText.Member(at, name) : default);
            if (value.IsEmpty || value.Span[0] is (byte)'n' or (byte)'{' or (byte)'[')
            {
                continue;
            }

            if (!headers.TryGetValue(mirrored.Header, out var header))
            {
                return Refusals.HeaderMismatch($"{mirrored.Header} is missing.");
            }

            if (McpHeaders.Decode(header.ToString()) is not { } said || !IsSame(said, value))
            {
                return Refusals.HeaderMismatch($"{mirrored.Header} says something else than the body.");
            }
        }

        return null;
    }

    /// <summary>Numbers by their value: 42 is 42.0.</summary>
    private static bool IsSame(string header, ReadOnlyMemory<byte> value) =>
        JsonText.Unquote(value) is { } text ? header == text
        : Encoding.UTF8.GetString(value.Span) is var plain && decimal.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var body)
            ? decimal.TryParse(header, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number == body
            : header == plain;

    private static Denial? CheckRevision(Exchange exchange, JsonRpcMessage message)
    {
        if (message.Kind != MessageKind.Request)
        {
            return null;
        }

        var named = JsonText.Unquote(JsonText.Member(JsonText.Member(message.Params, McpParams.Meta), McpMeta.ProtocolVersion));
        var header = exchange.Http.Request.Headers[McpHeaders.ProtocolVersion].ToString();
        if (named is not null && ProtocolRevision.Of(named) is null)
        {
            exchange.UnknownRevision = named;
            return header == named || header.Length == 0 ? Refusals.UnsupportedRevision : Refusals.HeaderMismatch($"{McpHeaders.ProtocolVersion} is '{header}', and the body says '{named}'.");
        }

        if (named is not null && header != named)
        {
            return Refusals.HeaderMismatch($"{McpHeaders.ProtocolVersion} is '{header}', and the body says '{named}'.");
        }

        return named is null && exchange.Revision.IsStateless ? Refusals.MissingMeta(McpMeta.ProtocolVersion) : null;
    }

    private static Denial? CheckName(string header, JsonRpcMessage message, bool required)
    {
        var member = message.Method switch
        {
            McpMethods.ToolsCall or McpMethods.PromptsGet => McpParams.Name,
            McpMethods.ResourcesRead => McpParams.Uri,
            _ => null,
        };
        return member is null
            ? header.Length == 0 ? null : Refusals.HeaderMismatch($"'{message.Method}' has no name for {McpHeaders.Name}.")
            : Compare(header, JsonText.Unquote(JsonText.Member(message.Params, member)), McpHeaders.Name, required);
    }

    private static Denial? Compare(string header, string? body, string name, bool required)
    {
        if (header.Length == 0)
        {
            return required && body is not null ? Refusals.HeaderMismatch($"{name} is missing.") : null;
        }

        return McpHeaders.Decode(header) == body ? null : Refusals.HeaderMismatch($"{name} says something else than the body.");
    }
}
