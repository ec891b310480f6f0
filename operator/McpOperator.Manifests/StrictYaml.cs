using McpOperator.Manifests.Yaml;

namespace McpOperator.Manifests;

/// <summary>Reads YAML that is no Kubernetes object, such as the operator's configuration, just as strictly.</summary>
public static class StrictYaml
{
    /// <summary>Reads one document; an empty text is a <typeparamref name="T"/> with nothing set.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="fileName">The name under which errors speak of the text.</param>
    /// <param name="check">Finds what is wrong with a value beyond its type: fields, such as <c>network.clusterCidrs[0]</c>, and messages.</param>
    /// <exception cref="ManifestException">Anything is wrong with the text.</exception>
    public static T Load<T>(string text, string fileName, Func<T, IEnumerable<(string Path, string Message)>>? check = null) where T : class
    {
        var errors = new List<ManifestError>();
        var documents = YamlComposer.Compose(fileName, text, errors);
        if (documents.Count > 1)
        {
            errors.Add(new ManifestError(fileName, documents[1].Line, documents[1].Column, "", "a second document; this file holds one only"));
        }

        var node = documents.Count > 0 ? documents[0] : new MappingNode(1, 1, []);
        var value = (T?)new TypedReader(fileName, errors).Read(node, typeof(T), "");
        foreach (var (path, message) in errors.Count == 0 && value is not null && check is not null ? check(value) : [])
        {
            var (line, column) = node.Locate(path);
            errors.Add(new ManifestError(fileName, line, column, path, message));
        }

        return errors.Count == 0 ? value! : throw new ManifestException([.. errors.OrderBy(static error => error.Line)]);
    }
}
