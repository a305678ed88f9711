// A PKCS#11 module that forwards to SoftHSM and makes the faults that makers' modules have. Which ones are on is told by
// files in the folder that KEYHALL_FAULTS names, so that a test can switch them while a worker runs; see faultmodule.go for
// what each is called. A fault whose file says "once" strikes once, in whichever process meets it first.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pkcs11go.h"

#ifndef REAL_MODULE
#define REAL_MODULE "/usr/lib/softhsm/libsofthsm2.so"
#endif

// Slots and sessions of the second SoftHSM carry this bit; the ghost is a slot of its own.
#define SECOND (1UL << 48)
#define GHOST (1UL << 49)

static CK_FUNCTION_LIST *real, *second;
static CK_FUNCTION_LIST faulty;

// Faults.

static long fault(const char *name, char *text, size_t size) {
	const char *dir = getenv("KEYHALL_FAULTS");
	char path[512];
	if (dir == NULL || snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
		return -1;
	FILE *f = fopen(path, "rb");
	if (f == NULL)
		return -1;
	long n = (long)fread(text, 1, size - 1, f);
	text[n] = 0;
	fclose(f);
	if (n >= 4 && strcmp(text + n - 4, "once") == 0 && unlink(path) != 0)
		return -1; // another process met it
	return n;
}

static int on(const char *name) {
	char text[64];
	return fault(name, text, sizeof text) >= 0;
}

// code returns the return value that a fault makes, CKR_OK when it is off.
static CK_RV code(const char *name) {
	char text[64];
	return fault(name, text, sizeof text) < 0 ? CKR_OK : strtoul(text, NULL, 0);
}

// note lets the test know that something was reached.
static void note(const char *name) {
	char path[512];
	snprintf(path, sizeof path, "%s/%s", getenv("KEYHALL_FAULTS"), name);
	FILE *f = fopen(path, "w");
	if (f != NULL)
		fclose(f);
}

static long hex(const char *name, unsigned char *bytes, long size) {
	char text[512];
	long n = fault(name, text, sizeof text), i;
	if (n < 0)
		return -1;
	for (i = 0; i < size && i < n / 2; i++) {
		unsigned int b;
		if (sscanf(text + 2 * i, "%2x", &b) != 1)
			break;
		bytes[i] = (unsigned char)b;
	}
	return i;
}

// The two SoftHSMs.

static CK_FUNCTION_LIST *load(const char *path) {
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	CK_C_GetFunctionList get = handle == NULL ? NULL : (CK_C_GetFunctionList)dlsym(handle, "C_GetFunctionList");
	CK_FUNCTION_LIST *list = NULL;
	return get == NULL || get(&list) != CKR_OK ? NULL : list;
}

static CK_FUNCTION_LIST *of(CK_ULONG handle) { return handle & SECOND ? second : real; }

// startSecond starts another SoftHSM, a copy of the library with token folders of its own, while its fault says so.
static CK_RV startSecond(void) {
	char text[1024], *library;
	if (fault("second", text, sizeof text) < 0 || (library = strchr(text, '\n')) == NULL)
		return CKR_OK;
	*library++ = 0;
	CK_FUNCTION_LIST *list = load(library);
	if (list == NULL)
		return CKR_GENERAL_ERROR;
	char *before = getenv("SOFTHSM2_CONF") ? strdup(getenv("SOFTHSM2_CONF")) : NULL;
	setenv("SOFTHSM2_CONF", text, 1);
	CK_RV rv = list->C_Initialize(NULL);
	if (before != NULL)
		setenv("SOFTHSM2_CONF", before, 1);
	free(before);
	if (rv == CKR_OK)
		second = list;
	return rv;
}

static int forgotten;

static CK_RV initialize(CK_VOID_PTR args) {
	CK_C_INITIALIZE_ARGS *a = args;
	CK_RV failure = code("initialize");
	if (failure != CKR_OK)
		return failure;
	forgotten = 0;
	if (a != NULL && a->flags & CKF_OS_LOCKING_OK && on("no-os-locking"))
		return CKR_CANT_LOCK;
	CK_RV rv = real->C_Initialize(args);
	return rv == CKR_OK ? startSecond() : rv;
}

static CK_RV finalize(CK_VOID_PTR reserved) {
	if (second != NULL)
		second->C_Finalize(NULL);
	second = NULL;
	return real->C_Finalize(reserved);
}

// Slots and tokens.

// haunted is the slot that the ghost shows once more: that of the token with the serial in the fault's file.
static int haunted(CK_SLOT_ID *slot) {
	char serial[64];
	long n = fault("ghost", serial, sizeof serial);
	CK_SLOT_ID slots[64];
	CK_ULONG count = 64, i;
	CK_TOKEN_INFO info;
	if (n < 0 || real->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK)
		return 0;
	for (i = 0; i < count; i++)
		if (real->C_GetTokenInfo(slots[i], &info) == CKR_OK && strncmp((char *)info.serialNumber, serial, (size_t)n) == 0) {
			*slot = slots[i];
			return 1;
		}
	return 0;
}

static CK_RV getSlotList(CK_BBOOL present, CK_SLOT_ID_PTR list, CK_ULONG_PTR count) {
	CK_SLOT_ID slots[128], ghost;
	CK_ULONG n = 64, more = 64, i;
	CK_RV rv = list != NULL ? code("slot-list") : CKR_OK;
	if (on("forgets"))
		forgotten = 1;
	if (forgotten)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	if (rv == CKR_OK)
		rv = real->C_GetSlotList(present, slots, &n);
	if (rv != CKR_OK)
		return rv;
	if (second != NULL && second->C_GetSlotList(present, slots + n, &more) == CKR_OK)
		for (i = 0; i < more; i++)
			slots[n++] |= SECOND;
	if (haunted(&ghost))
		slots[n++] = GHOST;
	if (list != NULL && *count < n)
		return CKR_BUFFER_TOO_SMALL;
	if (list != NULL)
		memcpy(list, slots, n * sizeof *slots);
	*count = n;
	return CKR_OK;
}

static CK_SLOT_ID inside(CK_SLOT_ID slot) {
	CK_SLOT_ID ghost;
	return slot == GHOST && haunted(&ghost) ? ghost : slot & ~SECOND;
}

static void overlay(const char *name, CK_UTF8CHAR *field, size_t size) {
	char text[64];
	long n = fault(name, text, sizeof text);
	if (n < 0)
		return;
	memset(field, ' ', size);
	memcpy(field, text, (size_t)n < size ? (size_t)n : size);
}

static CK_RV getTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
	CK_RV rv = code("token-info");
	if (rv == CKR_OK)
		rv = of(slot)->C_GetTokenInfo(inside(slot), info);
	if (rv != CKR_OK || !(info->flags & CKF_TOKEN_INITIALIZED))
		return rv;
	overlay("serial", info->serialNumber, sizeof info->serialNumber);
	overlay("label", info->label, sizeof info->label);
	info->flags |= code("flags");
	if (on("pin-pad"))
		info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
	if (on("no-so-flags"))
		info->flags &= ~(CK_FLAGS)(CKF_SO_PIN_COUNT_LOW | CKF_SO_PIN_FINAL_TRY | CKF_SO_PIN_LOCKED | CKF_SO_PIN_TO_BE_CHANGED);
	return CKR_OK;
}

static CK_RV initToken(CK_SLOT_ID slot, CK_UTF8CHAR_PTR pin, CK_ULONG length, CK_UTF8CHAR_PTR label) {
	return of(slot)->C_InitToken(inside(slot), pin, length, label);
}

static CK_RV openSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR app, CK_NOTIFY notify, CK_SESSION_HANDLE_PTR s) {
	CK_RV rv = code("open-session");
	if (rv != CKR_OK)
		return rv;
	rv = of(slot)->C_OpenSession(inside(slot), flags, app, notify, s);
	if (rv == CKR_OK)
		*s |= slot & SECOND;
	return rv;
}

// Sessions.

#define OF(s) of(s)
#define IN(s) ((s) & ~SECOND)

static CK_RV closeSession(CK_SESSION_HANDLE s) { return OF(s)->C_CloseSession(IN(s)); }

static CK_RV logout(CK_SESSION_HANDLE s) { return OF(s)->C_Logout(IN(s)); }

// typed is what a person types on a key with a pad, each time; such a key takes PINs from nowhere else.
static CK_RV typed(CK_UTF8CHAR_PTR *pin, CK_ULONG *n, char *text, size_t size) {
	long length = fault("pin-pad", text, size);
	if (length < 0)
		return CKR_OK;
	if (*pin != NULL)
		return CKR_ARGUMENTS_BAD;
	*pin = (CK_UTF8CHAR_PTR)text;
	*n = (CK_ULONG)length;
	return length == 0 ? CKR_FUNCTION_CANCELED : CKR_OK;
}

static CK_RV initPIN(CK_SESSION_HANDLE s, CK_UTF8CHAR_PTR pin, CK_ULONG n) {
	char text[64];
	CK_RV rv = typed(&pin, &n, text, sizeof text);
	return rv != CKR_OK ? rv : OF(s)->C_InitPIN(IN(s), pin, n);
}

static CK_RV setPIN(CK_SESSION_HANDLE s, CK_UTF8CHAR_PTR old, CK_ULONG m, CK_UTF8CHAR_PTR pin, CK_ULONG n) {
	char before[64], text[64];
	CK_RV rv = typed(&old, &m, before, sizeof before);
	if (rv == CKR_OK)
		rv = typed(&pin, &n, text, sizeof text);
	return rv != CKR_OK ? rv : OF(s)->C_SetPIN(IN(s), old, m, pin, n);
}

static CK_RV login(CK_SESSION_HANDLE s, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG n) {
	char text[64];
	CK_RV rv = code("login");
	if (rv == CKR_OK)
		rv = typed(&pin, &n, text, sizeof text);
	if (rv == CKR_OK)
		rv = OF(s)->C_Login(IN(s), user, pin, n);
	return rv == CKR_OK && on(user == CKU_SO ? "expired-so" : "expired-user") ? CKR_PIN_EXPIRED : rv;
}

// Objects.

static CK_ULONG classOf(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o) {
	CK_ULONG class = (CK_ULONG)-1;
	CK_ATTRIBUTE a = {CKA_CLASS, &class, sizeof class};
	OF(s)->C_GetAttributeValue(IN(s), o, &a, 1);
	return class;
}

static const char *named(char *name, size_t size, const char *fault, CK_ULONG class, CK_ATTRIBUTE_TYPE type) {
	snprintf(name, size, "%s-%lx-%lx", fault, class, type);
	return name;
}

// put answers with a value as the standard wants it: the length alone when there is no place.
static CK_RV put(CK_ATTRIBUTE_PTR a, const unsigned char *value, CK_ULONG n) {
	if (a->pValue != NULL && a->ulValueLen < n) {
		a->ulValueLen = (CK_ULONG)-1;
		return CKR_BUFFER_TOO_SMALL;
	}
	if (a->pValue != NULL)
		memcpy(a->pValue, value, n);
	a->ulValueLen = n;
	return CKR_OK;
}

static CK_RV getAttributeValue(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_PTR list, CK_ULONG count) {
	CK_ULONG class = classOf(s, o), i;
	CK_RV all = CKR_OK;
	for (i = 0; i < count; i++) {
		char name[64];
		unsigned char value[256];
		CK_RV rv = code(named(name, sizeof name, "read", class, list[i].type));
		if (rv != CKR_OK)
			return rv;
		long n = hex(named(name, sizeof name, "value", class, list[i].type), value, sizeof value);
		if (on(named(name, sizeof name, "unreported", class, list[i].type))) {
			list[i].ulValueLen = (CK_ULONG)-1;
			rv = CKR_ATTRIBUTE_TYPE_INVALID;
		} else {
			rv = n >= 0 ? put(&list[i], value, (CK_ULONG)n) : OF(s)->C_GetAttributeValue(IN(s), o, &list[i], 1);
		}
		if (rv != CKR_OK)
			all = rv;
	}
	return all;
}

static CK_RV findObjectsInit(CK_SESSION_HANDLE s, CK_ATTRIBUTE_PTR template, CK_ULONG n) {
	return OF(s)->C_FindObjectsInit(IN(s), template, n);
}

static CK_RV findObjectsFinal(CK_SESSION_HANDLE s) { return OF(s)->C_FindObjectsFinal(IN(s)); }

static int hidden(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o) {
	CK_SESSION_INFO info;
	if (on("no-public-keys") && classOf(s, o) == CKO_PUBLIC_KEY)
		return 1;
	return on("hidden-before-login") && OF(s)->C_GetSessionInfo(IN(s), &info) == CKR_OK && info.state != CKS_RW_USER_FUNCTIONS;
}

static CK_RV findObjects(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE_PTR found, CK_ULONG max, CK_ULONG_PTR count) {
	CK_ULONG n, i;
	CK_RV rv = code("find");
	if (rv != CKR_OK)
		return rv;
	do {
		if ((rv = OF(s)->C_FindObjects(IN(s), found, max, &n)) != CKR_OK)
			return rv;
		for (*count = 0, i = 0; i < n; i++)
			if (!hidden(s, found[i]))
				found[(*count)++] = found[i];
	} while (*count == 0 && n > 0);
	return CKR_OK;
}

static CK_RV createObject(CK_SESSION_HANDLE s, CK_ATTRIBUTE_PTR template, CK_ULONG n, CK_OBJECT_HANDLE_PTR o) {
	return OF(s)->C_CreateObject(IN(s), template, n, o);
}

static CK_RV destroyObject(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o) {
	CK_RV rv = code("destroy");
	return rv != CKR_OK ? rv : OF(s)->C_DestroyObject(IN(s), o);
}

// Keys.

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

// changed replaces one value in a template.
static void changed(CK_ATTRIBUTE_PTR template, CK_ULONG n, CK_ATTRIBUTE_TYPE type, void *value, CK_ULONG size) {
	for (CK_ULONG i = 0; i < n; i++)
		if (template[i].type == type) {
			template[i].pValue = value;
			template[i].ulValueLen = size;
		}
}

static CK_RV generateKeyPair(CK_SESSION_HANDLE s, CK_MECHANISM_PTR mechanism, CK_ATTRIBUTE_PTR public, CK_ULONG m,
	CK_ATTRIBUTE_PTR private, CK_ULONG n, CK_OBJECT_HANDLE_PTR publicKey, CK_OBJECT_HANDLE_PTR privateKey) {
	CK_ATTRIBUTE pub[32], priv[32];
	unsigned char curve[32];
	if (m > 32 || n > 32)
		return CKR_ARGUMENTS_BAD;
	memcpy(pub, public, m * sizeof *pub);
	memcpy(priv, private, n * sizeof *priv);
	if (on("extractable")) {
		changed(priv, n, CKA_SENSITIVE, &no, sizeof no);
		changed(priv, n, CKA_EXTRACTABLE, &yes, sizeof yes);
	}
	CK_ULONG bits = code("rsa-bits");
	if (bits != 0)
		changed(pub, m, CKA_MODULUS_BITS, &bits, sizeof bits);
	long length = hex("curve", curve, sizeof curve);
	if (length > 0)
		changed(pub, m, CKA_EC_PARAMS, curve, (CK_ULONG)length);
	for (; on("generate-held"); usleep(5000))
		note("holding");
	return OF(s)->C_GenerateKeyPair(IN(s), mechanism, pub, m, priv, n, publicKey, privateKey);
}

static CK_RV signInit(CK_SESSION_HANDLE s, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
	CK_RV rv = code("sign");
	return rv != CKR_OK ? rv : OF(s)->C_SignInit(IN(s), mechanism, key);
}

static CK_RV sign(CK_SESSION_HANDLE s, CK_BYTE_PTR data, CK_ULONG n, CK_BYTE_PTR signature, CK_ULONG_PTR length) {
	return OF(s)->C_Sign(IN(s), data, n, signature, length);
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
	if (real == NULL && (real = load(REAL_MODULE)) == NULL)
		return CKR_GENERAL_ERROR;
	faulty = *real;
	faulty.C_GetFunctionList = C_GetFunctionList;
	faulty.C_Initialize = initialize;
	faulty.C_Finalize = finalize;
	faulty.C_GetSlotList = getSlotList;
	faulty.C_GetTokenInfo = getTokenInfo;
	faulty.C_InitToken = initToken;
	faulty.C_OpenSession = openSession;
	faulty.C_CloseSession = closeSession;
	faulty.C_Login = login;
	faulty.C_Logout = logout;
	faulty.C_InitPIN = initPIN;
	faulty.C_SetPIN = setPIN;
	faulty.C_GetAttributeValue = getAttributeValue;
	faulty.C_FindObjectsInit = findObjectsInit;
	faulty.C_FindObjects = findObjects;
	faulty.C_FindObjectsFinal = findObjectsFinal;
	faulty.C_CreateObject = createObject;
	faulty.C_DestroyObject = destroyObject;
	faulty.C_GenerateKeyPair = generateKeyPair;
	faulty.C_SignInit = signInit;
	faulty.C_Sign = sign;
	*list = &faulty;
	return CKR_OK;
}
