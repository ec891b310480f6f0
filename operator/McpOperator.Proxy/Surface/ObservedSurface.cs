using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Policy;
using McpOperator.Protocol;
using McpOperator.Proxy.Upstream;

namespace McpOperator.Proxy.Surface;

/// <summary>The whole list of tools that the server was seen to have.</summary>
/// <param name="tools">The tools in the server's order.</param>
/// <param name="at">When.</param>
internal sealed class ObservedSurface(IReadOnlyList<ToolDefinition> tools, DateTimeOffset at)
{
    /// <summary>The tools in the server's order.</summary>
    public IReadOnlyList<ToolDefinition> Tools => tools;

    /// <summary>Their names.</summary>
    public IReadOnlySet<string> Names { get; } = tools.Select(tool => tool.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>A tool by the server's own name; nothing when there is none.</summary>
    public ToolDefinition? Find(string name) => tools.FirstOrDefault(tool => tool.Name == name);

    /// <summary>SHA-256 in hexadecimal over the canonical JSON of the tools, ordered by name.</summary>
    public string Hash { get; } = Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Bytes(
        new JsonArray([.. tools.OrderBy(tool => tool.Name, StringComparer.Ordinal).Select(tool => JsonNode.Parse(tool.Text.Span, documentOptions: new() { MaxDepth = AnswerLimits.Depth }))]))));

    /// <summary>Writes what <c>/surfacez</c> shows: the members of <see cref="SurfaceReport"/>, and what people want to see; every entry as the server sent it.</summary>
    public void WriteTo(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> withheld, ServerProfile? server)
    {
        writer.WriteStartObject();
        writer.WriteString("schema", SurfaceReport.CurrentSchema);
        writer.WriteString("observedAt", at.ToString("yyyy-MM-ddTHH:mm:ss.fffZ"));
        writer.WriteString("hash", Hash);
        writer.WriteStartArray("protocolVersions");
        foreach (var revision in new[] { server?.Handshake, server?.IsStateless == true ? ProtocolRevision.V20260728 : null }.OfType<ProtocolRevision>())
        {
            writer.WriteStringValue(revision.Name);
        }

        writer.WriteEndArray();
        writer.WriteStartObject("withheld");
        foreach (var (tool, why) in withheld.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            writer.WriteString(tool, why);
        }

        writer.WriteEndObject();
        writer.WriteStartArray("tools");
        foreach (var tool in tools)
        {
            writer.WriteStartObject();
            writer.WriteString("name", tool.Name);
            writer.WritePropertyName("definition");
            writer.WriteRawValue(tool.Text.Span, skipInputValidation: true);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
