using McpOperator.Objects;
using Microsoft.Extensions.Logging;

namespace McpOperator.Kube;

/// <summary>Makes the usual informers.</summary>
public static class Informers
{
    /// <summary>An informer that keeps whole typed objects.</summary>
    public static Informer<T> Typed<T>(
        IKubernetesClient client, InformerOptions? options = null, TimeProvider? time = null, ILogger? log = null)
        where T : KubernetesEntity => new(client, ResourceType.Of<T>(), ItemDecoders.Typed<T>(), options, time, log);

    /// <summary>An informer that keeps compact documents and hands out typed objects, a new instance at each call.</summary>
    public static IInformer<T> Packed<T>(
        IKubernetesClient client, InformerOptions? options = null, TimeProvider? time = null, ILogger? log = null)
        where T : KubernetesEntity =>
        new PackedInformer<T>(new(client, ResourceType.Of<T>(), PackedInformer<T>.Decoder, options, time, log));

    /// <summary>An informer that keeps compact documents.</summary>
    public static Informer<KubernetesDocument> Documents(
        IKubernetesClient client, ResourceType type, DocumentOptions? document = null, InformerOptions? options = null,
        TimeProvider? time = null, ILogger? log = null) => new(client, type, ItemDecoders.Document(document), options, time, log);
}
