import com.cloudinary.Cloudinary;
import com.cloudinary.SignatureAlgorithm;
import com.cloudinary.Transformation;
import com.cloudinary.api.exceptions.NotFound;
import com.cloudinary.utils.ObjectUtils;
import java.io.File;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * What Signet promises to users of the official Java SDK, called with it; a JSON line for each check.
 *
 * <p>CLOUDINARY_URL names the server, HOST its host and port; FILES is a folder with photo.jpg and large.bin.
 */
public class Checks {
  private interface Check {
    void run() throws Exception;
  }

  private static final Cloudinary CLOUDINARY = new Cloudinary(System.getenv("CLOUDINARY_URL"));
  private static final File PHOTO = new File(System.getenv("FILES"), "photo.jpg");
  private static final File LARGE = new File(System.getenv("FILES"), "large.bin");
  private static final Map<?, ?> NOTHING = ObjectUtils.emptyMap();

  private static void expect(Object expected, Object actual) {
    if (!expected.equals(actual)) throw new AssertionError("expected " + expected + " but received " + actual);
  }

  private static void fails(Class<?> kind, String text, Check call) throws Exception {
    try {
      call.run();
    } catch (Exception error) {
      expect(kind, error.getClass());
      expect(text, error.getMessage());
      return;
    }
    throw new AssertionError("expected " + kind.getSimpleName());
  }

  private static String md5(File file) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(Files.readAllBytes(file.toPath())));
  }

  private static String typeOf(Object url) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(String.valueOf(url))).build();
    HttpResponse<?> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding());
    expect(200, answer.statusCode());
    return answer.headers().firstValue("content-type").orElse("none");
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> upload(Object... options) throws Exception {
    return CLOUDINARY.uploader().upload(PHOTO, ObjectUtils.asMap(options));
  }

  private static void signedUpload() throws Exception {
    Map<String, Object> asset = upload("public_id", "java/one", "tags", "a,b", "context", Map.of("alt", "x|y=z"));
    expect(md5(PHOTO), asset.get("etag"));
    expect(List.of("a", "b"), asset.get("tags"));
    expect(Map.of("custom", Map.of("alt", "x|y=z")), asset.get("context"));
    expect("image/jpeg", typeOf(asset.get("url")));
    String version = String.valueOf(asset.get("version"));
    expect(true, CLOUDINARY.verifyApiResponseSignature("java/one", version, String.valueOf(asset.get("signature"))));
  }

  private static void signedWithSha256() throws Exception {
    CLOUDINARY.config.signatureAlgorithm = SignatureAlgorithm.SHA256;
    expect("java/two", upload("public_id", "java/two").get("public_id"));
    CLOUDINARY.config.signatureAlgorithm = SignatureAlgorithm.SHA1;
  }

  private static void uploadInChunks() throws Exception {
    Map<?, ?> options = ObjectUtils.asMap("public_id", "java/large.bin", "resource_type", "raw", "chunk_size", 5300000);
    Map<?, ?> asset = CLOUDINARY.uploader().uploadLarge(LARGE, options);
    expect(md5(LARGE), asset.get("etag"));
    expect(true, asset.get("done"));
  }

  private static void eagerAndExplicit() throws Exception {
    List<Transformation<?>> eager =
        List.of(new Transformation<>().width(20).crop("scale"), new Transformation<>().width(10).height(10).crop("fill"));
    List<?> made = (List<?>) upload("public_id", "java/eager", "eager", eager).get("eager");
    expect("c_scale,w_20", ((Map<?, ?>) made.get(0)).get("transformation"));
    expect(10, ((Map<?, ?>) made.get(1)).get("height"));
    Map<?, ?> again = CLOUDINARY.uploader().explicit("java/eager", ObjectUtils.asMap("type", "upload", "tags", "z"));
    expect(List.of("z"), again.get("tags"));
  }

  private static void unsignedUpload() throws Exception {
    CLOUDINARY.api().createUploadPreset(ObjectUtils.asMap("name", "java-guests", "unsigned", true, "tags", "guest"));
    expect(List.of("guest"), CLOUDINARY.uploader().unsignedUpload(PHOTO, "java-guests", NOTHING).get("tags"));
  }

  private static void errorsHaveTheirClasses() throws Exception {
    fails(NotFound.class, "Resource not found - java/none", () -> CLOUDINARY.api().resource("java/none", NOTHING));
    String noPicture = "data:image/png;base64,aGVsbG8=";
    fails(
        RuntimeException.class, "Invalid image file", () -> CLOUDINARY.uploader().upload(noPicture, NOTHING));
  }

  private static void listAndSearch() throws Exception {
    Map<?, ?> query = ObjectUtils.asMap("type", "upload", "prefix", "java/", "max_results", 2);
    Map<?, ?> listed = CLOUDINARY.api().resources(query);
    expect(2, ((List<?>) listed.get("resources")).size());
    expect(true, listed.containsKey("next_cursor"));
    expect(1, CLOUDINARY.search().expression("public_id:java/* AND tags=a").execute().get("total_count"));
    expect("ok", CLOUDINARY.api().ping(NOTHING).get("status"));
    expect(true, CLOUDINARY.api().usage(NOTHING).apiRateLimit().getRemaining() > 0);
  }

  private static void renameTagDestroy() throws Exception {
    expect("java/three", CLOUDINARY.uploader().rename("java/two", "java/three", NOTHING).get("public_id"));
    String[] names = {"java/three", "java/none"};
    expect(List.of("java/three"), CLOUDINARY.uploader().addTag("t", names, NOTHING).get("public_ids"));
    for (String result : List.of("ok", "not found"))
      expect(result, CLOUDINARY.uploader().destroy("java/three", NOTHING).get("result"));
    Map<?, ?> deleted = CLOUDINARY.api().deleteResources(List.of("java/eager", "java/none"), NOTHING);
    expect(Map.of("java/eager", "deleted", "java/none", "not_found"), deleted.get("deleted"));
  }

  private static void archive() throws Exception {
    String[] tags = {"a"};
    expect(1, CLOUDINARY.uploader().createZip(ObjectUtils.asMap("tags", tags)).get("file_count"));
    expect("application/zip", typeOf(CLOUDINARY.downloadZip(ObjectUtils.asMap("tags", tags))));
  }

  private static void urls() throws Exception {
    for (boolean sign : List.of(false, true)) {
      Transformation<?> fill = new Transformation<>().width(50).height(50).crop("fill");
      String host = System.getenv("HOST");
      String url = CLOUDINARY.url().secure(false).cname(host).signed(sign).transformation(fill).generate("java/one.webp");
      expect("image/webp", typeOf(url));
    }
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("\\s+", " ") + '"';
  }

  private static void run(String name, Check check) {
    String error = "";
    try {
      check.run();
    } catch (Throwable failure) {
      error = ",\"error\":" + quoted(String.valueOf(failure));
    }
    System.out.println("{\"check\":" + quoted(name) + error + "}");
  }

  public static void main(String[] arguments) {
    System.out.println("{\"version\":" + quoted(Cloudinary.VERSION) + "}");
    run("signed upload", Checks::signedUpload);
    run("signed with SHA-256", Checks::signedWithSha256);
    run("upload in chunks", Checks::uploadInChunks);
    run("eager and explicit", Checks::eagerAndExplicit);
    run("unsigned upload", Checks::unsignedUpload);
    run("errors have their classes", Checks::errorsHaveTheirClasses);
    run("list and search", Checks::listAndSearch);
    run("rename, tag, destroy", Checks::renameTagDestroy);
    run("archive", Checks::archive);
    run("URLs", Checks::urls);
  }
}
