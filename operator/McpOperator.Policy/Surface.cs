using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>
/// What a model or a consent screen sees of a server's declared tools, after filter and overrides: per tool its name, description,
/// input schema, scope, side effect and required trust.
/// </summary>
public static class Surface
{
    /// <summary>
    /// SHA-256 in hexadecimal over the surface's canonical JSON: tools ordered by name, members of every object ordered by name
    /// (ordinal), no white space, absent members left out.
    /// </summary>
    /// <returns>The hash; nothing when the server declares no tools, because then only the running server knows its surface.</returns>
    public static string? HashOf(IReadOnlyList<ToolDeclaration>? declared, MCPToolConfigSpec? config)
    {
        if (declared is null)
        {
            return null;
        }

        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            foreach (var tool in ToolNames.Exposed(declared, config).OrderBy(t => t.Name, StringComparer.Ordinal))
            {
                writer.WriteStartObject();
                writer.WriteString("description", tool.Description);
                if (tool.InputSchema is { } schema)
                {
                    writer.WritePropertyName("inputSchema");
                    WriteCanonical(writer, schema);
                }

                writer.WriteString("name", tool.Name);
                writer.WriteString("requiredTrust", tool.RequiredTrust.ToString());
                if (tool.Scope is { } scope)
                {
                    writer.WriteString("scope", scope);
                }

                writer.WriteString("sideEffect", tool.SideEffect.ToString());
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        return Convert.ToHexStringLower(SHA256.HashData(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    private static void WriteCanonical(Utf8JsonWriter writer, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject obj:
                writer.WriteStartObject();
                foreach (var (name, value) in obj.OrderBy(p => p.Key, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(name);
                    WriteCanonical(writer, value);
                }

                writer.WriteEndObject();
                break;
            case JsonArray array:
                writer.WriteStartArray();
                foreach (var item in array)
                {
                    WriteCanonical(writer, item);
                }

                writer.WriteEndArray();
                break;
            case null:
                writer.WriteNullValue();
                break;
            default:
                node.WriteTo(writer);
                break;
        }
    }
}
