using System.Reflection;

namespace McpOperator.Objects;

/// <summary>Base of all objects: <c>apiVersion</c> and <c>kind</c> come from the type's <see cref="KubernetesEntityAttribute"/>.</summary>
public abstract record KubernetesEntity : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Fills in the version and kind that the type is declared with.</summary>
    protected KubernetesEntity()
    {
        var type = ResourceType.Of(GetType());
        ApiVersion = type.ApiVersion;
        Kind = type.Kind;
    }

    /// <inheritdoc/>
    public string ApiVersion { get; init; }

    /// <inheritdoc/>
    public string Kind { get; init; }

    /// <inheritdoc/>
    public V1ObjectMeta Metadata { get; init; } = new();
}

/// <summary>A resource as the API server knows it, whatever .NET type holds its objects.</summary>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Version">The version within the group.</param>
/// <param name="Kind">The kind's name.</param>
/// <param name="Plural">The lower-case plural that stands in URLs.</param>
/// <param name="Namespaced">Whether objects live in a namespace.</param>
public sealed record ResourceType(string Group, string Version, string Kind, string Plural, bool Namespaced = true)
{
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<Type, ResourceType> Known = new();

    /// <summary>Group and version as objects carry it: <c>apps/v1</c>, or <c>v1</c> for the core group.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>The resource that a type is declared to be.</summary>
    /// <exception cref="ArgumentException">The type has no <see cref="KubernetesEntityAttribute"/>.</exception>
    public static ResourceType Of(Type type) => Known.GetOrAdd(type, static type =>
    {
        var entity = type.GetCustomAttribute<KubernetesEntityAttribute>()
            ?? throw new ArgumentException($"{type.Name} is no Kubernetes kind: it has no [KubernetesEntity].", nameof(type));
        return new ResourceType(entity.Group, entity.ApiVersion, entity.Kind, entity.PluralName, !entity.ClusterScoped);
    });

    /// <summary>The resource that <typeparamref name="T"/> is declared to be.</summary>
    public static ResourceType Of<T>() where T : IKubernetesObject => Of(typeof(T));

    /// <summary>The form in which people write it: <c>services.serving.knative.dev</c>.</summary>
    public override string ToString() => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}
