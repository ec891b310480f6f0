using McpOperator.Manifests.Yaml;

namespace McpOperator.Manifests;

/// <summary>Reads YAML that is no Kubernetes object, such as the operator's configuration, just as strictly.</summary>
public static class StrictYaml
{
    /// <summary>Reads one document; an empty text is a <typeparamref name="T"/> with nothing set.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="fileName">The name under which errors speak of the text.</param>
    /// <exception cref="ManifestException">Anything is wrong with the text.</exception>
    public static T Load<T>(string text, string fileName) where T : class => Load<T>(text, fileName, static _ => []);

    /// <summary>Reads one document and checks it for what a type cannot say.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="fileName">The name under which errors speak of the text.</param>
    /// <param name="check">What is wrong with the value, by field; the field gives the place.</param>
    /// <exception cref="ManifestException">Anything is wrong with the text.</exception>
    public static T Load<T>(string text, string fileName, Func<T, IEnumerable<(string Field, string Message)>> check) where T : class
    {
        var errors = new List<ManifestError>();
        var documents = YamlComposer.Compose(fileName, text, errors);
        if (documents.Count > 1)
        {
            errors.Add(new ManifestError(fileName, documents[1].Line, documents[1].Column, "", "a second document; this file holds one only"));
        }

        var node = documents.Count > 0 ? documents[0] : new MappingNode(1, 1, []);
        var value = new TypedReader(fileName, errors).Read(node, typeof(T), "");
        if (errors.Count == 0)
        {
            errors.AddRange(check((T)value!).Select(e => At(fileName, node.Locate(e.Field), e)));
        }

        return errors.Count == 0 ? (T)value! : throw new ManifestException([.. errors.OrderBy(static error => error.Line)]);
    }

    private static ManifestError At(string fileName, (int Line, int Column) place, (string Field, string Message) error) =>
        new(fileName, place.Line, place.Column, error.Field, error.Message);
}
