using System.Text.Json.Nodes;
using McpOperator.Manifests.Yaml;
using McpOperator.Objects;

namespace McpOperator.Manifests;

/// <summary>A text to read, and the name under which errors speak of it.</summary>
/// <param name="File">The file's name; <c>-</c> for standard input.</param>
/// <param name="Text">YAML or JSON, one document or several.</param>
public sealed record ManifestSource(string File, string Text);

/// <summary>One object of a file.</summary>
public sealed class Manifest
{
    private readonly Node _node;
    private readonly string _prefix;

    internal Manifest(string file, string prefix, Node node, KubernetesEntity? entity, JsonObject json)
    {
        (File, _prefix, _node, Entity, Json) = (file, prefix, node, entity, json);
    }

    /// <summary>The file's name.</summary>
    public string File { get; }

    /// <summary>The object; null if its kind is none of those that the reader knows.</summary>
    public KubernetesEntity? Entity { get; }

    /// <summary>The object as it was written, of whatever kind.</summary>
    public JsonObject Json { get; }

    /// <summary>An error of a later check, at the place of the file that it is about.</summary>
    /// <param name="path">The field within the object; if it is absent, the nearest one around it gives the place.</param>
    /// <param name="message">What is wrong, and what to write instead.</param>
    public ManifestError ErrorAt(string path, string message)
    {
        var (line, column) = _node.Locate(path);
        return new ManifestError(File, line, column, FieldPath.Join(_prefix, path), message);
    }
}
