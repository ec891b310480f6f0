using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace McpOperator.Policy;

/// <summary>A policy document with its text and the revision that names its content.</summary>
public sealed record CompiledPolicy
{
    private const int RevisionLength = 16;

    /// <summary>Writes <paramref name="document"/> and names its content.</summary>
    public CompiledPolicy(PolicyDocument document)
    {
        Document = document;
        Text = JsonSerializer.Serialize(document, PolicyJson.Default.PolicyDocument);
        Revision = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)))[..RevisionLength];
    }

    /// <summary>What the proxy enforces.</summary>
    public PolicyDocument Document { get; }

    /// <summary>The document as JSON. Equal documents have equal texts: members and lists stand in a fixed order.</summary>
    public string Text { get; }

    /// <summary>The first sixteen hexadecimal digits of the text's SHA-256. Equal content, equal revision.</summary>
    public string Revision { get; }
}
