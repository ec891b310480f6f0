namespace McpOperator.Manifests;

/// <summary>Paths as Kubernetes writes them: fields by dot, list items and map keys in brackets.</summary>
internal static class FieldPath
{
    public static string Field(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    public static string Item(string path, int index) => $"{path}[{index}]";

    public static string Key(string path, string key) => $"{path}[{key}]";

    public static string Join(string prefix, string path) =>
        prefix.Length == 0 || path.Length == 0 || path[0] == '[' ? prefix + path : $"{prefix}.{path}";

    /// <summary>The parts of a path; also of one that System.Text.Json reports (<c>$.a['b.c'][0]</c>).</summary>
    public static IEnumerable<string> Split(string path)
    {
        var start = path.StartsWith('$') ? 1 : 0;
        while (start < path.Length)
        {
            if (path[start] == '[')
            {
                var quoted = path.AsSpan(start).StartsWith("['");
                var end = path.IndexOf(quoted ? "']" : "]", start, StringComparison.Ordinal);
                end = end < 0 ? path.Length : end;
                yield return path[(start + (quoted ? 2 : 1))..end];
                start = end + (quoted ? 2 : 1);
            }
            else
            {
                start += path[start] == '.' ? 1 : 0;
                var end = path.AsSpan(start).IndexOfAny('.', '[');
                end = end < 0 ? path.Length : start + end;
                yield return path[start..end];
                start = end == start ? end + 1 : end;
            }
        }
    }
}
