// A PKCS#11 module that forwards to SoftHSM and, unlike it, counts wrong PINs and locks a PIN after too many, as makers' keys do. The folder
// that KEYHALL_TRIES names has a file for each PIN that was tried in vain, as long as the number of tries: an attempt is written down before
// it is made, and the file goes with the first right PIN. Without that folder nothing is counted.
#include <ctype.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pkcs11go.h"

#ifndef REAL_MODULE
#define REAL_MODULE "/usr/lib/softhsm/libsofthsm2.so"
#endif

static CK_FUNCTION_LIST *real;
static CK_FUNCTION_LIST counting;

// A role's PIN, how many wrong ones lock it, and its three flags.
struct role {
	const char *name;
	off_t tries;
	CK_FLAGS low, final, locked;
};

static const struct role user = {"user", 5, CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED};
static const struct role officer = {"so", 3, CKF_SO_PIN_COUNT_LOW, CKF_SO_PIN_FINAL_TRY, CKF_SO_PIN_LOCKED};

// path names the file of a token's PIN; false where nothing is counted.
static int path(const CK_TOKEN_INFO *token, const struct role *r, char *to, size_t size) {
	char serial[sizeof token->serialNumber + 1];
	const char *dir = getenv("KEYHALL_TRIES");
	size_t n = 0;
	while (n < sizeof token->serialNumber && isalnum(token->serialNumber[n]))
		n++;
	memcpy(serial, token->serialNumber, n);
	serial[n] = 0;
	return dir != NULL && snprintf(to, size, "%s/%s-%s", dir, serial, r->name) < (int)size;
}

static off_t spent(const char *file) {
	struct stat s;
	return stat(file, &s) == 0 ? s.st_size : 0;
}

// before writes an attempt down: CKR_PIN_LOCKED where none is left.
static CK_RV before(const char *file, const struct role *r) {
	if (spent(file) >= r->tries)
		return CKR_PIN_LOCKED;
	int f = open(file, O_WRONLY | O_APPEND | O_CREAT, 0600);
	if (f < 0)
		return CKR_DEVICE_ERROR;
	ssize_t n = write(f, "x", 1);
	return close(f) == 0 && n == 1 ? CKR_OK : CKR_DEVICE_ERROR;
}

// after keeps a wrong attempt, forgets all with a right one, and takes back one that was none.
static void after(const char *file, CK_RV rv) {
	off_t n = spent(file);
	if (rv == CKR_OK || (rv != CKR_PIN_INCORRECT && n == 1))
		unlink(file);
	else if (rv != CKR_PIN_INCORRECT && n > 1 && truncate(file, n - 1) != 0)
		perror(file);
}

static void forget(const CK_TOKEN_INFO *token, const struct role *r) {
	char file[512];
	if (path(token, r, file, sizeof file))
		unlink(file);
}

static int tokenOf(CK_SESSION_HANDLE s, CK_TOKEN_INFO *token, CK_SESSION_INFO *info) {
	return real->C_GetSessionInfo(s, info) == CKR_OK && real->C_GetTokenInfo(info->slotID, token) == CKR_OK;
}

static CK_FLAGS told(const CK_TOKEN_INFO *token, const struct role *r) {
	char file[512];
	CK_FLAGS flags = token->flags & ~(r->low | r->final | r->locked);
	off_t n = path(token, r, file, sizeof file) ? spent(file) : 0;
	if (n >= r->tries)
		return flags | r->locked;
	return flags | (n > 0 ? r->low : 0) | (n == r->tries - 1 ? r->final : 0);
}

static CK_RV getTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
	CK_RV rv = real->C_GetTokenInfo(slot, info);
	if (rv == CKR_OK && getenv("KEYHALL_TRIES") != NULL && info->flags & CKF_TOKEN_INITIALIZED) {
		info->flags = told(info, &user);
		info->flags = told(info, &officer);
	}
	return rv;
}

static CK_RV login(CK_SESSION_HANDLE s, CK_USER_TYPE type, CK_UTF8CHAR_PTR pin, CK_ULONG n) {
	CK_TOKEN_INFO token;
	CK_SESSION_INFO info;
	char file[512];
	const struct role *r = type == CKU_SO ? &officer : &user;
	if (!tokenOf(s, &token, &info) || !path(&token, r, file, sizeof file))
		return real->C_Login(s, type, pin, n);
	CK_RV rv = before(file, r);
	if (rv != CKR_OK)
		return rv;
	rv = real->C_Login(s, type, pin, n);
	after(file, rv);
	return rv;
}

static CK_RV setPIN(CK_SESSION_HANDLE s, CK_UTF8CHAR_PTR old, CK_ULONG m, CK_UTF8CHAR_PTR pin, CK_ULONG n) {
	CK_TOKEN_INFO token;
	CK_SESSION_INFO info;
	char file[512];
	if (!tokenOf(s, &token, &info))
		return real->C_SetPIN(s, old, m, pin, n);
	const struct role *r = info.state == CKS_RW_SO_FUNCTIONS ? &officer : &user;
	if (!path(&token, r, file, sizeof file))
		return real->C_SetPIN(s, old, m, pin, n);
	CK_RV rv = before(file, r);
	if (rv != CKR_OK)
		return rv;
	rv = real->C_SetPIN(s, old, m, pin, n);
	after(file, rv);
	return rv;
}

static CK_RV initPIN(CK_SESSION_HANDLE s, CK_UTF8CHAR_PTR pin, CK_ULONG n) {
	CK_TOKEN_INFO token;
	CK_SESSION_INFO info;
	CK_RV rv = real->C_InitPIN(s, pin, n);
	if (rv == CKR_OK && tokenOf(s, &token, &info))
		forget(&token, &user);
	return rv;
}

static CK_RV initToken(CK_SLOT_ID slot, CK_UTF8CHAR_PTR pin, CK_ULONG n, CK_UTF8CHAR_PTR label) {
	CK_TOKEN_INFO token;
	char file[512];
	CK_RV rv = real->C_GetTokenInfo(slot, &token);
	if (rv != CKR_OK || !(token.flags & CKF_TOKEN_INITIALIZED) || !path(&token, &officer, file, sizeof file))
		return real->C_InitToken(slot, pin, n, label);
	if ((rv = before(file, &officer)) != CKR_OK)
		return rv;
	rv = real->C_InitToken(slot, pin, n, label);
	after(file, rv);
	if (rv == CKR_OK)
		forget(&token, &user);
	return rv;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
	if (real == NULL) {
		void *handle = dlopen(REAL_MODULE, RTLD_NOW | RTLD_LOCAL);
		CK_C_GetFunctionList get = handle == NULL ? NULL : (CK_C_GetFunctionList)dlsym(handle, "C_GetFunctionList");
		if (get == NULL || get(&real) != CKR_OK)
			return CKR_GENERAL_ERROR;
	}
	counting = *real;
	counting.C_GetFunctionList = C_GetFunctionList;
	counting.C_GetTokenInfo = getTokenInfo;
	counting.C_Login = login;
	counting.C_SetPIN = setPIN;
	counting.C_InitPIN = initPIN;
	counting.C_InitToken = initToken;
	*list = &counting;
	return CKR_OK;
}
