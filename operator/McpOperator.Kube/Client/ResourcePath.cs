using System.Text;
using McpOperator.Objects;

namespace McpOperator.Kube;

/// <summary>Writes the paths of resources.</summary>
internal static class ResourcePath
{
    public static string Of(ResourceType type, string? ns, string? name = null, string? subresource = null)
    {
        var path = new StringBuilder(128);
        path.Append(type.Group.Length == 0 ? "/api/" : "/apis/");
        if (type.Group.Length > 0)
        {
            path.Append(type.Group).Append('/');
        }

        path.Append(type.Version);
        if (type.Namespaced && !string.IsNullOrEmpty(ns))
        {
            path.Append("/namespaces/").Append(Checked(ns));
        }
        else if (type.Namespaced && name is not null)
        {
            throw new ArgumentException($"{type} live in a namespace, and none was given for '{name}'", nameof(ns));
        }

        path.Append('/').Append(type.Plural);
        if (name is not null)
        {
            path.Append('/').Append(Checked(name));
        }

        return subresource is null ? path.ToString() : path.Append('/').Append(subresource).ToString();
    }

    public static string Query(string path, params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var query = new StringBuilder(path);
        var separator = '?';
        foreach (var (name, value) in parameters)
        {
            if (!string.IsNullOrEmpty(value))
            {
                query.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
                separator = '&';
            }
        }

        return query.ToString();
    }

    /// <summary>An empty name would address the whole collection (and delete it), and a slash another resource.</summary>
    private static string Checked(string segment) =>
        segment.Length > 0 && segment is not ("." or "..") && !segment.Contains('/', StringComparison.Ordinal)
            ? Uri.EscapeDataString(segment)
            : throw new ArgumentException($"'{segment}' is no name of an object", nameof(segment));
}
