using System.Text.Json;
using McpOperator.Protocol;

namespace McpOperator.Proxy.Upstream;

/// <summary>What every request of 2026-07-28 says of itself.</summary>
internal static class StatelessCalls
{
    /// <summary>The question what a server is.</summary>
    public static byte[] Discover(ReadOnlyMemory<byte> id) => JsonRpcWriter.Call(id, McpMethods.Discover, OwnParameters);

    /// <summary>Parameters that hold nothing but the proxy's own <c>_meta</c>.</summary>
    public static void OwnParameters(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WritePropertyName(McpParams.Meta);
        writer.WriteStartObject();
        writer.WriteString(McpMeta.ProtocolVersion, ProtocolRevision.V20260728.Name);
        writer.WritePropertyName(McpMeta.ClientInfo);
        OwnInfo(writer);
        writer.WriteStartObject(McpMeta.ClientCapabilities);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>The proxy as a client.</summary>
    public static void OwnInfo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("name", "mcp-proxy");
        writer.WriteString("version", ProxyVersion.Text);
        writer.WriteEndObject();
    }

    /// <summary>Repeats method and name in headers, where the revision asks for it.</summary>
    public static void MirrorBody(HttpRequestMessage request, ReadOnlyMemory<byte> message, string? revision)
    {
        if (ProtocolRevision.Of(revision)?.MirrorsBody != true || JsonText.Unquote(JsonText.Member(message, "method")) is not { } method)
        {
            return;
        }

        request.Headers.TryAddWithoutValidation(McpHeaders.Method, method);
        var parameters = JsonText.Member(message, "params");
        if ((JsonText.Unquote(JsonText.Member(parameters, McpParams.Name)) ?? JsonText.Unquote(JsonText.Member(parameters, McpParams.Uri))) is { } name
            && method is McpMethods.ToolsCall or McpMethods.PromptsGet or McpMethods.ResourcesRead)
        {
            request.Headers.TryAddWithoutValidation(McpHeaders.Name, McpHeaders.Encode(name));
        }
    }
}
