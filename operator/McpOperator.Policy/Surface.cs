using System.Security.Cryptography;
using System.Text.Json;
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
    /// (ordinal), no white space, numbers by their value, absent members left out.
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
                    CanonicalJson.Write(writer, schema);
                }

                writer.WriteString("name", tool.Name);
                writer.WriteString("requiredTrust", Word(tool.RequiredTrust));
                if (tool.Scope is { } scope)
                {
                    writer.WriteString("scope", scope);
                }

                writer.WriteString("sideEffect", Word(tool.SideEffect));
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        return Convert.ToHexStringLower(SHA256.HashData(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    /// <summary>As it stands in manifests.</summary>
    private static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
